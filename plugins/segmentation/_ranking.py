"""The weights of the formula that ranks cuts: name -> (mean, spread, weight) of each feature, in the order in which
`_hypotheses.features` gives them.

Fitted on the validation objects (docs/clicks.md) by maximising the expected IoU of a softmax over the cuts of a
click.
"""

from __future__ import annotations

Table = dict[str, tuple[float, float, float]]

FIRST: Table = {
    "log share": (-2.873, 1.514, -0.889),
    "log share squared": (1.055, 0.9909, 0.233),
    "agreement": (0.4078, 0.1904, 0.365),
    "outline strength": (2.65, 0.8793, 0.981),
    "weak outline": (0.02314, 0.06914, -0.621),
    "border share": (0.1075, 0.1463, -0.185),
    "compactness": (0.63, 0.1363, 0.341),
    "inner strength": (1.344, 0.6726, 0.891),
    "click depth": (0.6094, 0.252, 1.66),
    "click depth by size": (0.2272, 0.1079, 1.13),
    "depth by size": (0.3692, 0.06325, -0.605),
    "off centre": (0.2623, 0.1725, -1),
    "box fill": (0.619, 0.1272, -0.295),
    "against background": (0.4127, 0.2577, -0.0729),
    "against ring": (0.4235, 0.2459, 0.742),
    "across outline": (0.4318, 0.2476, 0.395),
}
"""When nothing was answered before."""

CORRECTED: Table = {
    "log share": (-3.479, 1.511, -0.427),
    "log share squared": (1.438, 1.167, -0.239),
    "agreement": (0.5161, 0.1993, 0.444),
    "outline strength": (2.603, 0.8188, 0.0909),
    "weak outline": (0.03342, 0.07842, -0.466),
    "border share": (0.065, 0.1095, -0.765),
    "compactness": (0.5605, 0.1323, 1.27),
    "inner strength": (1.348, 0.676, 1.01),
    "click depth": (0.6181, 0.2913, 1.05),
    "click depth by size": (0.2162, 0.117, 0.936),
    "depth by size": (0.343, 0.06579, 0.171),
    "off centre": (0.4007, 0.5606, -0.409),
    "box fill": (0.5191, 0.1724, 0.866),
    "against background": (0.4127, 0.2396, -0.205),
    "against ring": (0.4015, 0.2314, 0.536),
    "across outline": (0.3998, 0.2326, 0.444),
    "kept": (0.5326, 0.3213, 0.251),
    "changed elsewhere": (0.117, 0.2049, -1.66),
    "click depth in change": (0.4949, 0.3036, 2.73),
    "change here": (2.593, 19.91, -0.0216),
}
"""When an answer is being corrected."""
