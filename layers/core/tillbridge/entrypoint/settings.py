"""The environment, read once. `template.yaml` sets it and nothing else does."""

import os
from functools import cache
from typing import NamedTuple


class Settings(NamedTuple):
    """`allowed_private_origins` may be called though they are not public https: it is empty in the
    cloud, and names the demo CRM on the local stack."""

    tenants_table: str
    ledger_table: str = ""
    secrets_prefix: str = ""
    shopify_apps_secret: str = ""
    sale_queue_url: str = ""
    allowed_private_origins: frozenset[str] = frozenset()


@cache
def settings() -> Settings:
    return Settings(
        tenants_table=os.environ["TENANTS_TABLE"],
        ledger_table=os.environ.get("LEDGER_TABLE", ""),
        secrets_prefix=os.environ.get("SECRETS_PREFIX", ""),
        shopify_apps_secret=os.environ.get("SHOPIFY_APPS_SECRET", ""),
        sale_queue_url=os.environ.get("SALE_QUEUE_URL", ""),
        allowed_private_origins=frozenset(os.environ.get("ALLOWED_PRIVATE_ORIGINS", "").split()),
    )
