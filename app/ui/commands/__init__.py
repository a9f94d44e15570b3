"""What can be asked for by key, menu and palette: one catalogue, and what shows it."""
