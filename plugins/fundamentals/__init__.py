"""Chapter 6.1: colour, filters, edges."""
