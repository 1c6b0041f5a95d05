"""What can go wrong with the local stack, in one line that says what to do."""


class LocalStackError(Exception):
    """The local stack cannot start, or has died."""
