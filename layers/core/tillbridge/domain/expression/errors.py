"""What can be wrong with an expression: when it is compiled, and when it is evaluated."""


class ExpressionRefused(ValueError):
    """The expression is not compiled.

    `message` says why, `position` is the offset in characters up to which it was read (None where
    the whole is at fault) and `hint` says what to do. All three are about the expression's own
    text, so they may be shown to who wrote it.
    """

    def __init__(self, message: str, *, position: int | None = None, hint: str) -> None:
        where = "" if position is None else f" (position {position})"
        super().__init__(f"{message}{where}. {hint}")
        self.message = message
        self.position = position
        self.hint = hint


class ExpressionFailed(ValueError):
    """The evaluation gave no result.

    `kind` is JSONata's error code (`T2001`), the limit that was reached (`time limit`) or the type
    of Python's error. The text never holds a value: documents hold personal data.
    """

    def __init__(self, kind: str, message: str, *, position: int | None = None) -> None:
        where = "" if position is None else f" (position {position})"
        super().__init__(f"{kind}: {message}{where}")
        self.kind = kind
        self.position = position
