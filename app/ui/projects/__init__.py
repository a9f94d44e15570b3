"""Opening, keeping, sending and watching: files, projects, backups."""
