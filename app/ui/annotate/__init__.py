"""From a gesture or a command to an edit of shapes and labels."""
