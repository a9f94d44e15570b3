"""Files: pictures, folders, projects, exchange formats, downloads, preferences. No Qt."""
