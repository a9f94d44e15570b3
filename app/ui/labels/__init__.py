"""The label editor."""
