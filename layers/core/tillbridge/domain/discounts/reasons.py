"""Why a campaign did not apply: codes with facts, and what would have to change.

A reason is a tuple `(code, *facts)`, cheap to make by the hundred; what it is called and how it
reads is looked up here when it is shown. Facts ending in `_minor` are minor units of the reason's
`currency`, those ending in `_millionths` are quantities.
"""

from dataclasses import dataclass
from typing import Any, TypeAlias

from tillbridge.domain.money import money_text

Reason: TypeAlias = tuple[Any, ...]
Reasons: TypeAlias = tuple[Reason, ...]


@dataclass(frozen=True, slots=True)
class Meaning:
    """`change` names what would undo the reason; none where nobody at the till can, or it is not
    known. Changes `add_…`, `enter_…` and `remove_…` can be made on the sale itself."""

    facts: tuple[str, ...]
    text: str
    change: str | None = None


# Of time and place; of the customer; of the basket; of other campaigns.
MEANINGS: dict[str, Meaning] = {
    "disabled": Meaning((), "The campaign is switched off."),
    "not_started": Meaning(("starts_at",), "It starts at {starts_at}.", "wait"),
    "ended": Meaning(("ended_at",), "It ended at {ended_at}."),
    "outside_hours": Meaning((), "It does not run on this day or at this hour.", "wait"),
    "other_currency": Meaning(("currency",), "It does not run in {currency}."),
    "other_market": Meaning(("market",), "It does not run in the market {market}."),
    "other_channel": Meaning(("channel",), "It does not run in the channel {channel}."),
    "other_shop": Meaning(("shop_id",), "It does not run in the shop {shop_id}."),
    "limit_reached": Meaning(
        ("limit", "scope", "period"), "Its limit of {limit} ({scope}, {period}) is reached."
    ),
    "customer_missing": Meaning((), "Needs a customer on the sale.", "add_customer"),
    "other_tier": Meaning(("tier", "needs"), "Tier {tier}, needs {needs}.", "reach_tier"),
    "no_group": Meaning(("needs",), "The customer is not in the group {needs}."),
    "no_customer_tag": Meaning(("needs",), "The customer has not got the tag {needs}."),
    "tier_unknown": Meaning((), "The customer's tier is not known."),
    "group_unknown": Meaning((), "The customer's groups are not known."),
    "customer_tag_unknown": Meaning((), "The customer's tags are not known."),
    "member_too_short": Meaning(
        ("missing_days", "required_days"),
        "Needs {required_days} days of membership, {missing_days} more.",
        "wait",
    ),
    "joined_too_late": Meaning(("on_or_before",), "Is for who joined by {on_or_before}."),
    "member_since_unknown": Meaning((), "When the customer joined is not known."),
    "birthday_unknown": Meaning((), "The customer's birthday is not known."),
    "not_birthday": Meaning(("missing_days",), "Begins {missing_days} days from now.", "wait"),
    "history_unavailable": Meaning(
        ("needs",), "The customer's purchase history ({needs}) could not be read."
    ),
    "too_few_orders": Meaning(
        ("missing", "required"), "Needs {required} earlier orders, {missing} more.", "order_more"
    ),
    "too_many_orders": Meaning(
        ("excess", "allowed"), "Is for at most {allowed} earlier orders, {excess} fewer."
    ),
    "below_spent": Meaning(
        ("missing_minor", "required_minor", "currency"),
        "Needs {required} of earlier purchases, {missing} more.",
        "order_more",
    ),
    "above_spent": Meaning(
        ("excess_minor", "allowed_minor", "currency"),
        "Is for at most {allowed} of earlier purchases, {excess} less.",
    ),
    "no_purchase": Meaning(("needs",), "The customer has not bought anything before."),
    "purchase_too_long_ago": Meaning(
        ("within_days",), "The last purchase is more than {within_days} days ago."
    ),
    "purchase_too_recent": Meaning(
        ("missing_days", "required_days"),
        "The last purchase is less than {required_days} days ago.",
        "wait",
    ),
    "other_order_number": Meaning(
        ("order_number", "n"), "This is the customer's order number {order_number}, not {n}."
    ),
    # Not which one: whoever reads a till's screen could use it.
    "code_missing": Meaning((), "Needs a code that was not entered.", "enter_code"),
    "below_subtotal": Meaning(
        ("missing_minor", "required_minor", "currency"),
        "Needs a basket of {required}: missing {missing}.",
        "add_amount",
    ),
    "above_subtotal": Meaning(
        ("excess_minor", "allowed_minor", "currency"),
        "Is for a basket of at most {allowed}: {excess} less.",
        "remove_amount",
    ),
    "too_few_items": Meaning(
        ("missing", "required"), "Needs {required} items, {missing} more.", "add_items"
    ),
    "too_many_items": Meaning(
        ("excess", "allowed"), "Is for at most {allowed} items, {excess} fewer.", "remove_items"
    ),
    "too_few_products": Meaning(
        ("missing", "required"),
        "Needs {required} different products, {missing} more.",
        "add_products",
    ),
    "too_many_products": Meaning(
        ("excess", "allowed"),
        "Is for at most {allowed} different products, {excess} fewer.",
        "remove_products",
    ),
    "below_quantity": Meaning(
        ("missing_millionths", "required_millionths", "of"),
        "Needs {missing} more of {of}.",
        "add_items",
    ),
    "above_quantity": Meaning(
        ("excess_millionths", "allowed_millionths", "of"),
        "Is for at most {allowed} of {of}, {excess} less.",
        "remove_items",
    ),
    "below_selected_amount": Meaning(
        ("missing_minor", "required_minor", "currency", "of"),
        "Needs {required} of {of}: missing {missing}.",
        "add_amount",
    ),
    "above_selected_amount": Meaning(
        ("excess_minor", "allowed_minor", "currency", "of"),
        "Is for at most {allowed} of {of}: {excess} less.",
        "remove_amount",
    ),
    "excluded": Meaning(("condition",), "Is not for where the condition {condition} holds."),
    "no_matching_line": Meaning(("of",), "Needs {of} in the basket.", "add_items"),
    "too_few_units": Meaning(("missing", "of"), "Needs {missing} more of {of}.", "add_items"),
    "no_effect": Meaning((), "Nothing is left that it could take off."),
    "lines_taken": Meaning(("by",), "Its lines are taken by {by}."),
    "group_taken": Meaning(("group", "by"), "Of the group {group}, {by} applies."),
    "blocked_by_exclusive": Meaning(("by",), "{by} stands alone."),
    "not_alone": Meaning(("by",), "It stands alone, and {by} applies."),
    "not_best": Meaning((), "Other campaigns together give more."),
}
UNKNOWN = frozenset(
    {
        "history_unavailable",
        "birthday_unknown",
        "member_since_unknown",
        "tier_unknown",
        "group_unknown",
        "customer_tag_unknown",
    }
)
# From the easiest to what nobody at the till can do.
_EASE = ("enter_", "add_", "remove_", "wait", "reach_", "order_")


def ease(reasons: Reasons) -> tuple[Any, ...]:
    """Sorts what is least to change first: what can be done at the till, then fewer things, then
    less of them."""
    steps = [_step(MEANINGS[reason[0]].change) for reason in reasons]
    sizes = [fact for reason in reasons for fact in reason[1:2] if isinstance(fact, int)]
    return max(steps), len(reasons), sum(sizes), [(r[0], str(r[1:])) for r in reasons]


def _step(change: str | None) -> int:
    if change is None:
        return len(_EASE)
    return next(at for at, start in enumerate(_EASE) if change.startswith(start))


def facts_of(reason: Reason) -> dict[str, Any]:
    """A reason's facts by name, as JSON."""
    facts: dict[str, Any] = {}
    for name, fact in zip(MEANINGS[reason[0]].facts, reason[1:], strict=True):
        if name.endswith("_millionths"):
            facts[name.removesuffix("_millionths")] = quantity_text(fact)
        else:
            facts[name] = list(fact) if isinstance(fact, tuple) else fact
    return facts


def text_of(reason: Reason) -> str:
    """A reason as an English sentence, made of its code and facts alone."""
    facts = facts_of(reason)
    for name in [name for name in facts if name.endswith("_minor")]:
        facts[name.removesuffix("_minor")] = money_text(facts[name], facts["currency"])
    words = {n: " or ".join(map(str, f)) if isinstance(f, list) else f for n, f in facts.items()}
    return MEANINGS[reason[0]].text.format(**words)


def shown(reasons: Reasons) -> list[dict[str, Any]]:
    """Reasons as JSON: code, facts by name, and the sentence made of them."""
    return [{"code": r[0], "facts": facts_of(r), "text": text_of(r)} for r in reasons]


def changes_of(reasons: Reasons) -> list[dict[str, Any]] | None:
    """The least that would make the campaign apply, as far as its own conditions go; none where
    something stands in the way that no change is known for."""
    changes = [MEANINGS[reason[0]].change for reason in reasons]
    if not changes or None in changes:
        return None
    return [
        {"change": change, **facts_of(reason)}
        for change, reason in zip(changes, reasons, strict=True)
    ]


def quantity_text(millionths: int) -> str:
    """`1`, `0.25`."""
    whole, rest = divmod(millionths, 10**6)
    return f"{whole}.{rest:06}".rstrip("0") if rest else str(whole)
