"""A till: what a POS does to the deployed API, over HTTP."""

from dataclasses import dataclass, replace
from typing import Any

import requests

from local.seed import create_key, put_item, put_secret
from local.stack import LocalStack
from tillbridge.domain.caller import Scope

_PATIENCE_S = 20


@dataclass(frozen=True)
class Till:
    """A till with one credential; it is as patient as a noisy machine needs."""

    api: str
    authorization: str | None

    @classmethod
    def of(cls, stack: LocalStack, tenant_id: str) -> "Till":
        """A till of a demo tenant's."""
        return cls(stack.api, f"Bearer {stack.keys[tenant_id].token}")

    def with_authorization(self, authorization: str | None) -> "Till":
        return replace(self, authorization=authorization)

    def call(self, method: str, path: str, **options: Any) -> requests.Response:
        headers = dict(options.pop("headers", {}))
        if self.authorization is not None:
            headers["Authorization"] = self.authorization
        return requests.request(
            method, self.api + path, headers=headers, timeout=_PATIENCE_S, **options
        )

    def look_up(self, search_term: str, currency_code: str | None = None) -> requests.Response:
        parameters = {"search_term": search_term, "currency_code": currency_code}
        return self.call("GET", "/v1/customers", params=parameters)


def new_tenant(
    stack: LocalStack,
    tenant_id: str,
    record: dict[str, Any] | None = None,
    profile: dict[str, Any] | None = None,
    secrets: dict[str, str] | None = None,
    scopes: frozenset[Scope] = frozenset({Scope.LOOKUP}),
    **key_changes: Any,
) -> Till:
    """A tenant of a test's own, and a till of its. Its records are live without a verdict: tests
    need what the config guard would never let through."""
    table = stack.outputs["TenantsTable"]
    live = f"LIVE#{tenant_id}#"
    put_item(stack.emulator, table, live, "PROFILE", {"name": tenant_id} | (profile or {}))
    if record is not None:
        put_item(stack.emulator, table, live, f"INTEGRATION#{record['operation']}", record)
    for name, value in (secrets or {}).items():
        put_secret(stack.emulator, tenant_id, name, value, [stack.demo_crm])
    key = create_key(stack.emulator, table, tenant_id, scopes, **key_changes)
    return Till(stack.api, f"Bearer {key.token}")
