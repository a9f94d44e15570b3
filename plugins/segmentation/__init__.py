"""Segmentation: which pixels belong to it."""
