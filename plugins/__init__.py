"""The tools that come with Fovea: one folder a chapter, one file a tool."""
