"""What the mouse and the keys do in the picture: one gesture is active at a time."""
