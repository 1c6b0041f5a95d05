"""The demo tenants: which folders of `tests/tenants` they are, and which part of the demo CRM
answers for the systems that their records name."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from local.demo_crm import credentials
from local.template import ROOT

TENANTS = ROOT / "tests" / "tenants"


@dataclass(frozen=True, slots=True)
class DemoTenant:
    """A folder of records as a merchant would write them, with the vendor's real origins. On the
    local stack the demo CRM stands at `stand_ins[origin]` (a path prefix) for each of them."""

    tenant_id: str
    stand_ins: Mapping[str, str]
    secrets: Mapping[str, str]

    @property
    def folder(self) -> Path:
        return TENANTS / self.tenant_id

    def profile(self) -> dict[str, Any]:
        return dict(json.loads((self.folder / "profile.json").read_text()))

    def integrations(self, demo_crm: str) -> list[dict[str, Any]]:
        """The integration records, their origins replaced by the demo CRM's."""
        records = []
        for file in sorted((self.folder / "integrations").glob("*.json")):
            text = file.read_text()
            for origin, prefix in self.stand_ins.items():
                text = text.replace(f'"{origin}/', f'"{demo_crm}{prefix}/')
            records.append(json.loads(text))
        return records


DEMO_TENANTS = (
    DemoTenant(
        "fjord-outdoor",
        stand_ins={"https://crm.fjord-outdoor.example": "/kaching"},
        secrets={"crm-key": credentials.KACHING_KEY},
    ),
    DemoTenant(
        "lumen-living",
        stand_ins={"https://api.hubapi.com": "/hubspot"},
        secrets={"hubspot-token": credentials.HUBSPOT_TOKEN},
    ),
    DemoTenant(
        "vinter-mode",
        stand_ins={"https://vinter-mode.myshopify.com": "/shopify"},
        secrets={"admin-token": credentials.SHOPIFY_ACCESS_TOKEN},
    ),
    DemoTenant(
        "bryghus-nord",
        stand_ins={
            "https://api.businesscentral.dynamics.com": "/businesscentral",
            "https://login.microsoftonline.com": "/businesscentral",
        },
        secrets={"entra-client": credentials.ENTRA_CLIENT_SECRET},
    ),
    DemoTenant(
        "kaffe-huset",
        stand_ins={"https://kaffe-huset.odoo.com": "/odoo"},
        secrets={"odoo-key": credentials.ODOO_API_KEY},
    ),
)
