"""Errors whose text is a sentence for the person in front of the screen."""


class FoveaError(Exception):
    """Something went wrong that a person can act on; ``str(error)`` is the sentence they read.

    The window shows it where the work was asked for, the command line prints it on stderr and exits with status 1.
    Any other exception is a bug: it is logged with its traceback.
    """


class InputError(FoveaError):
    """A file or folder cannot be used; the sentence names it and says what to do."""
