"""Adapters to libraries that several chapters use, one file each."""
