"""The demo tenants: which folders of `tests/tenants` they are, and which part of the demo CRM
answers for the systems that their records name."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from secrets import token_hex
from typing import Any

from local.demo_crm import credentials
from local.template import ROOT

TENANTS = ROOT / "tests" / "tenants"


@dataclass(frozen=True, slots=True)
class DemoTenant:
    """A folder of records as a merchant would write them, with the vendor's real origins. On the
    local stack the demo CRM stands at `stand_ins[origin]` (a path prefix) for each of them. `shop`
    is the domain of its shop at Shopify."""

    tenant_id: str
    stand_ins: Mapping[str, str]
    secrets: Mapping[str, str]
    shop: str | None = None

    @property
    def folder(self) -> Path:
        return TENANTS / self.tenant_id

    def profile(self) -> dict[str, Any]:
        """The profile, with a pseudonym key of this stack's own."""
        profile = dict(json.loads((self.folder / "profile.json").read_text()))
        return profile | {"pseudonym_key": token_hex(32)}

    def programme(self) -> dict[str, Any] | None:
        """The loyalty programme, where the merchant has one."""
        return self._record("programme")

    def rewards(self) -> list[dict[str, Any]]:
        """What points buy."""
        files = sorted((self.folder / "rewards").glob("*.json"))
        return [json.loads(file.read_text()) for file in files]

    def customer_account(self) -> dict[str, Any] | None:
        """How tills pay with points as with money, where they do."""
        return self._record("customer_account")

    def discounts(self) -> dict[str, Any] | None:
        """What holds for all campaigns, where that is not the default."""
        return self._record("discounts")

    def campaigns(self) -> list[dict[str, Any]]:
        """The campaigns that run."""
        files = sorted((self.folder / "campaigns").glob("*.json"))
        return [json.loads(file.read_text()) for file in files]

    def integrations(self, demo_crm: str) -> list[dict[str, Any]]:
        """The integration records, their URLs led to the demo CRM's origin."""
        files = sorted((self.folder / "integrations").glob("*.json"))
        return [self._led_to(demo_crm, json.loads(file.read_text())) for file in files]

    def _record(self, name: str) -> dict[str, Any] | None:
        file = self.folder / f"{name}.json"
        return json.loads(file.read_text()) if file.exists() else None

    def _led_to(self, demo_crm: str, record: dict[str, Any]) -> dict[str, Any]:
        for part, name in ((record["request"], "url"), (record["auth"], "token_url")):
            for origin, prefix in self.stand_ins.items():
                if name in part:
                    part[name] = part[name].replace(f"{origin}/", f"{demo_crm}{prefix}/")
        return record


DEMO_TENANTS = (
    DemoTenant(
        "fjord-outdoor",
        stand_ins={"https://crm.fjord-outdoor.example": "/kaching"},
        secrets={"crm-key": credentials.KACHING_KEY},
    ),
    DemoTenant(
        "lumen-living",
        stand_ins={
            "https://api.hubapi.com": "/hubspot",
            "https://lumen-living.my.salesforce.com": "/salesforce",
        },
        secrets={
            "hubspot-token": credentials.HUBSPOT_TOKEN,
            "salesforce-token": credentials.SALESFORCE_TOKEN,
        },
    ),
    DemoTenant(
        "vinter-mode",
        stand_ins={"https://vinter-mode.myshopify.com": "/shopify"},
        secrets={"admin-token": credentials.SHOPIFY_ACCESS_TOKEN},
        shop="vinter-mode.myshopify.com",
    ),
    DemoTenant(
        "bryghus-nord",
        stand_ins={
            "https://api.businesscentral.dynamics.com": "/businesscentral",
            "https://login.microsoftonline.com": "/businesscentral",
            "https://bryghus-nord.erply.com": "/erply",
        },
        secrets={
            "entra-client": credentials.ENTRA_CLIENT_SECRET,
            "erply-session": credentials.ERPLY_SESSION_KEY,
        },
    ),
    DemoTenant(
        "kaffe-huset",
        stand_ins={
            "https://kaffe-huset.odoo.com": "/odoo",
            "https://connect.squareup.com": "/square",
        },
        secrets={
            "odoo-key": credentials.ODOO_API_KEY,
            "square-token": credentials.SQUARE_TOKEN,
        },
    ),
    DemoTenant(
        "havnekiosken",
        stand_ins={
            "https://kasse.havnekiosken.example": "/kaching",
            "https://points.havnekiosken.example": "/bare",
        },
        secrets={"till-key": credentials.KACHING_KEY, "points-key": credentials.BARE_KEY},
    ),
)
