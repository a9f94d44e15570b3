"""The docks around the picture."""
