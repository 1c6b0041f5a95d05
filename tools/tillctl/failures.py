"""How a command ends when it cannot do what it was asked: a message, what to do, an exit code."""

from enum import IntEnum


class Exit(IntEnum):
    """What a script can tell the endings apart by (docs/tillctl.md)."""

    OK = 0
    SAYS_NO = 1  # the check, the verdict or the system's answer is a no
    USAGE = 2  # the command line, or a file that cannot be read
    ENVIRONMENT = 3  # no stack, no credentials, access denied, nobody answers
    STOPPED = 130  # Ctrl-C


class Failure(Exception):
    """One screen: what is wrong, and what to do about it."""

    def __init__(self, message: str, hint: str = "", code: Exit = Exit.USAGE) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.code = code
