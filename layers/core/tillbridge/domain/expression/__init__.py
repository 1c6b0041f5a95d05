"""Tenants' expressions: JSONata, compiled once, evaluated within bounds.

`Expression` is the whole of it; how a plain path, the engine and the checks of what is allowed work
is each in a module of its own.
"""

from tillbridge.domain.expression.bounds import evaluation_bounds, reset_bounds
from tillbridge.domain.expression.errors import ExpressionFailed, ExpressionRefused
from tillbridge.domain.expression.expression import Expression, JsonValue

__all__ = [
    "Expression",
    "ExpressionFailed",
    "ExpressionRefused",
    "JsonValue",
    "evaluation_bounds",
    "reset_bounds",
]
