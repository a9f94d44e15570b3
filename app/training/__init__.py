"""Training the networks under `app.nets`: data, simulated clicks, loss, loop. No Qt.

torch and pytorch-lightning are imported at the top of `loss`, `task`, `validate` and `loop` only.
"""
