"""What a seed must never come to."""


class Violation(BaseException):
    """An invariant is broken. Nothing may take it for an error of its own."""


def require(holds: bool, otherwise: str) -> None:
    if not holds:
        raise Violation(otherwise)
