"""Made-up secrets in the formats of their issuers, and what only looks like one."""

import base64
import json
import random
import string
import uuid
from collections.abc import Callable

_drawn = random.Random(20261123)


def _text(alphabet: str, length: int) -> str:
    return "".join(_drawn.choice(alphabet) for _ in range(length))


_HEX = "0123456789abcdef"
_ALNUM = string.ascii_letters + string.digits
_URL_SAFE = _ALNUM + "-_"


def _jwt() -> str:
    parts = ({"alg": "HS256", "typ": "JWT"}, {"sub": _text(_ALNUM, 8), "exp": 1_900_000_000})
    head = [base64.urlsafe_b64encode(json.dumps(p).encode()).decode().rstrip("=") for p in parts]
    return ".".join([*head, _text(_URL_SAFE, 43)])


_FORMATS: tuple[Callable[[], str], ...] = (
    lambda: "AKIA" + _text(string.ascii_uppercase + string.digits, 16),
    lambda: "ghp_" + _text(_ALNUM, 36),
    lambda: "glpat-" + _text(_URL_SAFE, 20),
    lambda: "sk_live_" + _text(_ALNUM, 24),
    lambda: "shpat_" + _text(_HEX, 32),
    lambda: "xoxb-" + _text(string.digits, 12) + "-" + _text(_ALNUM, 24),
    lambda: f"pat-eu1-{uuid.UUID(int=_drawn.getrandbits(128))}",
    lambda: f"SG.{_text(_URL_SAFE, 22)}.{_text(_URL_SAFE, 43)}",
    lambda: "AIza" + _text(_URL_SAFE, 35),
    _jwt,
    lambda: "-----BEGIN RSA PRIVATE KEY-----\n" + _text(_ALNUM, 64),
    lambda: f"Bearer {_text(_ALNUM, 24)}",
    lambda: f"Basic {base64.b64encode(f'user:{_text(_ALNUM, 12)}'.encode()).decode()}",
    lambda: f"KachingKey {uuid.UUID(int=_drawn.getrandbits(128))}",
    lambda: f"tb_fjord-outdoor_{_text(_HEX, 8)}_{_text(_HEX, 64)}",
    lambda: _text(_HEX, 40),
    lambda: _text(_HEX, 64),
    lambda: _text(_ALNUM, 32),
    lambda: base64.b64encode(_drawn.randbytes(32)).decode(),
    lambda: _text(_URL_SAFE, 43),
)

SECRETS = [make() for make in _FORMATS for _ in range(12)]

NO_SECRETS = [
    "",
    "jane",
    "{search_term}",
    "{{ {search_term} }",
    "application/json; charset=utf-8",
    "9c2b6f4e-7a1d-4e7b-8a55-1d2f3c4b5a69",
    "customerFinancialDetail",
    "hs_country_region_code",
    "https://api.businesscentral.dynamics.com/v2.0/Production/api/v2.0/customers",
    "https://vinter-mode.myshopify.com/admin/api/2026-07/graphql.json",
    "query { customers(first: 51) { nodes { legacyResourceId defaultPhoneNumber } } }",
    "urn:example:customer-search:version-2",
    "2026-11-23T05:00:00.000Z",
    "account_balance_of_the_customer",
    "Mozilla/5.0 (compatible)",
]
