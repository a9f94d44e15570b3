"""Files: pictures, folders, the project file and exchange formats. No Qt, no torch; what is slow is imported late."""
