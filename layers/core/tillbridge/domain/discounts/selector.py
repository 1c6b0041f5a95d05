"""Which lines of a basket a campaign, a condition or a part of a bundle is about."""

from typing import Annotated

from pydantic import Field

from tillbridge.domain.discounts.fields import Amounts, Identifiers, Part


class Selector(Part):
    """The lines for which everything holds that is given: one of `products`, and one of `tags`, and
    so on. `{}` selects every line but gift cards. Returned lines are never selected."""

    products: Identifiers = ()
    variants: Identifiers = ()
    tags: Identifiers = ()
    categories: Identifiers = ()
    exclude_products: Identifiers = ()
    exclude_tags: Identifiers = ()
    exclude_categories: Identifiers = ()
    min_unit_price: Amounts | None = Field(
        default=None, description="Minor units by currency; the line's price as given, inclusive."
    )
    max_unit_price: Amounts | None = Field(default=None, description="As `min_unit_price`.")
    exclude_discounted: Annotated[
        bool, Field(description="Leave out lines that the till has discounted already.")
    ] = False
    exclude_gift_cards: Annotated[
        bool, Field(description="Leave out lines that sell a gift card.")
    ] = True


EVERY_LINE = Selector()
