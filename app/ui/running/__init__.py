"""Tools at work: jobs, their parameters as a form, their layers."""
