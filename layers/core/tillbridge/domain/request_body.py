"""A request's body: a tree whose leaves may be placeholders, expressions, or the credential."""

from typing import Any

from tillbridge.domain.faults import Fault, Gathering, RecordRefused
from tillbridge.domain.integration_record import Computed
from tillbridge.domain.placeholders import Render, computed, leaf, present

# Stands in a rendered body where the credential goes: no input can spell it.
SECRET_SLOT = object()


def compiled_body(tree: Any, body_format: str, secret_at: str | None) -> Render:
    """A record's body, with the slot for its credential at the dotted path `secret_at`. Raises
    `RecordRefused`."""
    if body_format == "form" and not isinstance(tree, dict | None):
        raise RecordRefused(Fault("request.body", "A form is an object of names and values"))
    try:
        with_slot = tree if secret_at is None else _with_slot(tree, secret_at.split("."))
    except (AttributeError, KeyError, IndexError, TypeError, ValueError):
        raise RecordRefused(
            Fault(
                "auth.name",
                "It leads to no empty text in request.body",
                hint='Write "" where the key goes in the body, and its path here, such as '
                "params.args.2.",
            )
        ) from None
    return compiled_tree(with_slot, "request.body")


def _with_slot(tree: Any, steps: list[str]) -> Any:
    """The tree with `SECRET_SLOT` in place of the empty text that the steps lead to."""
    if not steps:
        if tree != "":
            raise ValueError
        return SECRET_SLOT
    step = int(steps[0]) if isinstance(tree, list) else steps[0]
    copy = tree.copy()
    copy[step] = _with_slot(tree[step], steps[1:])
    return copy


def compiled_tree(node: Any, path: str) -> Render:
    """A tree that stands at `path` in a record: members and items whose value is absent are left
    out of what holds them. Raises `RecordRefused`."""
    if isinstance(node, dict) and node.keys() == {"expression"}:
        if not isinstance(node["expression"], str):
            raise RecordRefused(Fault(f"{path}.expression", "An expression is a text"))
        return computed(Computed(**node), path)
    if not isinstance(node, dict | list):
        return leaf(node, path)
    children = node.items() if isinstance(node, dict) else enumerate(node)
    gathering = Gathering()
    members = {str(n): gathering.part(compiled_tree, child, f"{path}.{n}") for n, child in children}
    gathering.finish()
    if isinstance(node, dict):
        return lambda inputs: dict(present(members, inputs))
    return lambda inputs: [value for _, value in present(members, inputs)]
