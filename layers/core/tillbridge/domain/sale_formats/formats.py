"""The formats in which sales come in as other systems' documents, by name."""

from tillbridge.domain.sale_formats import kaching, shopify

FORMATS = {each.name: each for each in (kaching.FORMAT, *shopify.TOPICS.values())}
