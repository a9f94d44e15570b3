"""Detection: what is where."""
