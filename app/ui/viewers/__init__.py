"""Widgets that show pictures and what was found in them."""
