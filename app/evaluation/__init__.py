"""Measuring: how good an engine is, by numbers that others can repeat."""
