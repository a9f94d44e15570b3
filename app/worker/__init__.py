"""The process that runs networks: it owns the slow imports, the checkpoints, the inference, and may die alone."""
