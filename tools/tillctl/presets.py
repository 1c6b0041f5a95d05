"""What `init` begins with: the records of `tests/tenants`, which are run as tests, with the names
replaced and comments added. There is no second copy of them."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from local.demo_tenants import TENANTS
from tillbridge.domain.customer import Balance, Customer

OF_THE_SCREEN = frozenset(
    {"customer_details", "purchase_history", "profile_update", "service_request"}
)


class PresetName(StrEnum):
    HUBSPOT = "hubspot"
    SHOPIFY = "shopify"
    BUSINESS_CENTRAL = "business-central"
    ODOO = "odoo"
    CUSTOM = "custom"


@dataclass(frozen=True, slots=True)
class Preset:
    """`model` is the tenant whose records it is; `comments` say what is to be done, by the dotted
    path of the member that they stand above."""

    model: str
    comments: Mapping[str, str] = field(default_factory=dict)

    def profile(self, tenant_id: str) -> dict[str, Any]:
        profile: dict[str, Any] = json.loads((TENANTS / self.model / "profile.json").read_text())
        # Whether a tenant is suspended is no matter of its integrator's.
        profile.pop("status")
        return profile | {"name": tenant_id.replace("-", " ").title()}

    def screen(self, tenant_id: str) -> Iterator[dict[str, Any]]:
        """The records of the customer's screen that there are for this system."""
        for file in sorted((TENANTS / self.model / "integrations").glob("*.json")):
            if file.stem in OF_THE_SCREEN:
                yield json.loads(file.read_text().replace(self.model, tenant_id))

    def integration(self, tenant_id: str) -> dict[str, Any]:
        file = TENANTS / self.model / "integrations" / "customer_lookup.json"
        record: dict[str, Any] = json.loads(file.read_text().replace(self.model, tenant_id))
        if "response" not in record:
            record = _with_identity_mapping(record)
        return record


def _with_identity_mapping(record: Mapping[str, Any]) -> dict[str, Any]:
    """The record with a mapping that changes nothing, to be edited: its examples still hold."""
    fields: dict[str, Any] = {name: name for name in Customer.model_fields}
    fields["balance"] = {name: f"balance.{name}" for name in Balance.model_fields}
    with_response = {}
    for name, member in record.items():
        if name == "examples":
            with_response["response"] = {"format": "json", "fields": fields}
        with_response[name] = member
    return with_response


PRESETS = {
    PresetName.HUBSPOT: Preset(
        "lumen-living",
        {
            "auth": "A private app's access token with the scope crm.objects.contacts.read.",
            "request.body.properties": "What the search returns; add your own properties.",
            "response.fields.additional_info": "Shown below the name. These are properties of our "
            "example: name yours, or remove it.",
            "response.fields.balance": "Remove it where HubSpot knows no balance.",
        },
    ),
    PresetName.SHOPIFY: Preset(
        "vinter-mode",
        {
            "request.url": "Your shop's own domain, and the API version that you have tested.",
            "auth": "The Admin API access token of a custom app: read_customers, "
            "read_store_credit_accounts.",
            "outcomes": "Shopify says that something failed inside a 200.",
        },
    ),
    PresetName.BUSINESS_CENTRAL: Preset(
        "bryghus-nord",
        {
            "request.url": "Your environment (Production) and your company's id.",
            "auth": "An Entra app registration with API.ReadWrite.All; the secret is its client "
            "secret, bound to both origins: Business Central's and the token URL's.",
            "auth.token_url": "Your Entra tenant's id.",
            "auth.client_id": "The app registration's client id.",
        },
    ),
    PresetName.ODOO: Preset(
        "kaffe-huset",
        {
            "request.body.params.args": 'Database, user id, and "" where the user\'s API key '
            "goes; then model, method and the search.",
            "auth": "The API key goes into the body, where the empty text stands.",
            "outcomes": "Odoo says that something failed inside a 200.",
        },
    ),
    PresetName.CUSTOM: Preset(
        "fjord-outdoor",
        {
            "request.url": "Your system. https and a public host name; parameters go into query.",
            "auth": "kind: none, bearer, basic, api_key, oauth2_client_credentials or hmac. The "
            "secret is a name: its value is stored by tillctl secrets set.",
            "response.fields": "One JSONata expression per field, evaluated at each item. Where "
            'the items are is said by items, such as "items": "results"; '
            "here the answer is the list.",
        },
    ),
}
