"""What of a condition the goods alone decide: the thresholds that a return can bring them below."""

from typing import Any

from tillbridge.domain.discounts import condition as written

_OF_GOODS = (
    written.BasketSubtotal,
    written.ItemCount,
    written.SelectedQuantity,
    written.SelectedAmount,
    written.DistinctProducts,
)


def goods_part(condition: Any) -> Any | None:
    """The condition without what looks at the customer, the codes or the time, all of which held
    when the sale was made; none where nothing is left. An `any` that one of these may have
    satisfied, and a `not` around one, are left out whole, in the customer's favour."""
    if isinstance(condition, _OF_GOODS):
        return condition
    if isinstance(condition, written.All):
        parts = tuple(part for child in condition.of if (part := goods_part(child)) is not None)
        return condition.model_copy(update={"of": parts}) if parts else None
    return condition if _is_of_goods(condition) else None


def _is_of_goods(condition: Any) -> bool:
    if isinstance(condition, written.All | written.Any):
        return all(map(_is_of_goods, condition.of))
    if isinstance(condition, written.Not):
        return _is_of_goods(condition.of)
    return isinstance(condition, _OF_GOODS)
