"""The weights of the formula that ranks cuts: name -> (mean, spread, weight) of each feature, in the order in which
`_hypotheses.features` gives them.

Fitted on the validation objects (docs/clicks.md) by maximising the expected IoU of a softmax over the cuts of one click.
"""

from __future__ import annotations

Table = dict[str, tuple[float, float, float]]

FIRST: Table = {
    "log share": (-3.02, 1.52, -0.783),
    "log share squared": (1.143, 1.001, 0.357),
    "agreement": (0.438, 0.1938, 0.337),
    "outline strength": (2.643, 0.8579, 1.06),
    "weak outline": (0.02293, 0.06731, -0.798),
    "border share": (0.1021, 0.1417, 0.0107),
    "compactness": (0.6229, 0.1394, 0.187),
    "inner strength": (1.317, 0.6682, 0.904),
    "click depth": (0.6346, 0.2422, 1.85),
    "click depth by size": (0.2338, 0.1051, 1.32),
    "depth by size": (0.3646, 0.06356, -0.441),
    "off centre": (0.241, 0.1581, -0.828),
    "box fill": (0.6076, 0.1259, -0.422),
    "against background": (0.4117, 0.2568, 0.0486),
    "against ring": (0.4235, 0.2448, 0.557),
    "across outline": (0.4334, 0.2474, 0.142),
}
"""When nothing was answered before."""

CORRECTED: Table = {
    "log share": (-3.422, 1.483, -0.221),
    "log share squared": (1.391, 1.107, -0.268),
    "agreement": (0.5037, 0.1988, 0.439),
    "outline strength": (2.576, 0.8255, 0.179),
    "weak outline": (0.0344, 0.08107, -0.445),
    "border share": (0.06806, 0.1122, -0.876),
    "compactness": (0.5509, 0.1339, 1.33),
    "inner strength": (1.288, 0.6419, 0.926),
    "click depth": (0.6052, 0.2996, 1.14),
    "click depth by size": (0.2078, 0.1169, 1.03),
    "depth by size": (0.3368, 0.06517, 0.162),
    "off centre": (0.4098, 0.5501, -0.454),
    "box fill": (0.5041, 0.1733, 0.795),
    "against background": (0.3995, 0.2397, -0.0594),
    "against ring": (0.3939, 0.2337, 0.427),
    "across outline": (0.3938, 0.2351, 0.347),
    "kept": (0.5186, 0.3244, 0.0973),
    "changed elsewhere": (0.1212, 0.2086, -1.82),
    "click depth in change": (0.4878, 0.3015, 2.71),
    "change here": (2.502, 16.42, 0.135),
}
"""When an answer is being corrected."""
