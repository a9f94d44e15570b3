"""The networks that Fovea itself trains, one file each. torch is imported at the top of these files only."""
