"""The words everyone speaks: sources, layers, shapes, documents, edits. Pure computation: no Qt, no torch, no files."""
