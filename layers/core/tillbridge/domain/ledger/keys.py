"""Where the ledger's items are (docs/ledger.md). Every partition key begins with the tenant.

==============  =============================  ==================================================
account         `T#<tenant>#A#<account>`       `ACCT`
journal entry   as its account                 `E#<kind>#<what it is for>`
earning         as its account                 `EARN#<store>#<order>`: what it has earned
redemption      `T#<tenant>#R#<redemption>`    `R`
adjustment      `T#<tenant>#J#<adjustment>`    `J`: what a key has decided
sale register   `T#<tenant>#N#<store>#<sale>`  the account: one live redemption per sale and account
.               the same                       `DISCOUNTS`: one live application per sale
tally           `T#<tenant>#S#<scope>#<sale>`  `S`: what is known of a sale, and of its returns
interaction     `T#<tenant>#C#<account>`       `I#<request>`: what else was done for the customer
request         `T#<tenant>#Q#<request>`       `Q`: what has become of a key
application     `T#<tenant>#D#<application>`   `D`
.               the same                       `DECIDED`, `KEPT`, `RETURN#<return>`
counter         `T#<tenant>#U#<campaign>#…`    `U`: what is used up of a limit
==============  =============================  ==================================================
"""

import base64
import hashlib
import hmac
import json
import re
from typing import Any
from urllib.parse import quote

from tillbridge.domain.ledger.writes import Key

_DUE_SHARDS = 8
DUE_SHARDS = tuple(f"DUE#{shard}" for shard in range(_DUE_SHARDS))
# Of what a merchant's own system has to be called for: slow systems hold up no built-in ledger.
CALL_SHARDS = tuple(f"DUE#CALL#{shard}" for shard in range(_DUE_SHARDS))
# Where only a person can go on.
MANUAL_SHARD = "DUE#MANUAL"


def account_id(pseudonym_key: str, customer_id: str) -> str:
    """A customer's pseudonym under the tenant's own key: without the key nothing leads back."""
    return _short(hmac.digest(pseudonym_key.encode(), customer_id.encode(), "sha256"))


def redemption_id(tenant_id: str, principal: str, idempotency_key: str) -> str:
    """The one redemption that a till's key can stand for. Another principal's is another (T27)."""
    return _short(_sha256("redeem", tenant_id, principal, idempotency_key))


def tombstone_id(tenant_id: str, store_id: str, sale_ref: str, account: str, after: str) -> str:
    """The void of a sale; `after` is the redemption that it had, '' when it had none."""
    return _short(_sha256("void", tenant_id, store_id, sale_ref, account, after))


def is_operation_id(text: str) -> bool:
    """Whether there can be a redemption or an application of that id."""
    return re.fullmatch(r"[a-z2-7]{26}", text) is not None


def application_id(tenant_id: str, principal: str, idempotency_key: str) -> str:
    """The one application of discounts that a till's key can stand for."""
    return _short(_sha256("apply", tenant_id, principal, idempotency_key))


def application_points_id(tenant_id: str, application: str) -> str:
    """The redemption that comes with an application: no key of a till's leads to it."""
    return _short(_sha256("apply-points", tenant_id, application))


def adjustment_id(tenant_id: str, principal: str, idempotency_key: str) -> str:
    return _short(_sha256("adjust", tenant_id, principal, idempotency_key))


def request_id(kind: str, tenant_id: str, principal: str, idempotency_key: str) -> str:
    """The one request of that kind that a till's key can stand for."""
    return _short(_sha256(kind, tenant_id, principal, idempotency_key))


def fingerprint(operation: str, tenant_id: str, principal: str, content: dict[str, Any]) -> str:
    """What a request asks for, whoever sends it again: a key stands for one of these (T6)."""
    return _sha256(operation, tenant_id, principal, content).hex()


def account_key(tenant_id: str, account: str) -> Key:
    return Key(f"T#{tenant_id}#A#{account}", "ACCT")


def entry_key(tenant_id: str, account: str, kind: str, *about: str) -> Key:
    return Key(f"T#{tenant_id}#A#{account}", "#".join(["E", kind, *map(_part, about)]))


def earning_key(tenant_id: str, account: str, store_id: str, order_ref: str) -> Key:
    return Key(f"T#{tenant_id}#A#{account}", f"EARN#{_part(store_id)}#{_part(order_ref)}")


def redemption_key(tenant_id: str, redemption: str) -> Key:
    return Key(f"T#{tenant_id}#R#{_part(redemption)}", "R")


def adjustment_key(tenant_id: str, adjustment: str) -> Key:
    return Key(f"T#{tenant_id}#J#{adjustment}", "J")


def sale_key(tenant_id: str, store_id: str, sale_ref: str, account: str) -> Key:
    return Key(f"T#{tenant_id}#N#{_part(store_id)}#{_part(sale_ref)}", account)


def accrual_id(tenant_id: str, account: str, store_id: str, order_ref: str) -> str:
    """What an order earns a customer in the merchant's own system: once, whatever the key (T2)."""
    return _short(_sha256("accrue", tenant_id, account, store_id, order_ref))


def interaction_key(tenant_id: str, account: str, request: str) -> Key:
    return Key(f"T#{tenant_id}#C#{account}", f"I#{request}")


def request_key(tenant_id: str, request: str) -> Key:
    return Key(f"T#{tenant_id}#Q#{request}", "Q")


def discounts_sale_key(tenant_id: str, store_id: str, sale_ref: str) -> Key:
    return sale_key(tenant_id, store_id, sale_ref, "DISCOUNTS")


def application_key(tenant_id: str, application: str) -> Key:
    return Key(f"T#{tenant_id}#D#{_part(application)}", "D")


def decided_key(application: Key) -> Key:
    return Key(application.pk, "DECIDED")


def kept_key(application: Key) -> Key:
    return Key(application.pk, "KEPT")


def return_key(application: Key, return_ref: str) -> Key:
    return Key(application.pk, f"RETURN#{_part(return_ref)}")


def counter_key(tenant_id: str, campaign_id: str, *about: str) -> Key:
    """A partition of its own for each: what many sales share must not be one hot one."""
    return Key("#".join([f"T#{tenant_id}#U", *map(_part, (campaign_id, *about))]), "U")


def tally_key(tenant_id: str, scope: str, ref: str) -> Key:
    return Key(f"T#{tenant_id}#S#{_part(scope)}#{_part(ref)}", "S")


def tally_id(tally: Key) -> str:
    """The tally in other items' keys, which have no room for all that names it."""
    return _short(_sha256("tally", tally.pk))


def due_shard(operation: str, shards: tuple[str, ...] = DUE_SHARDS) -> str:
    return shards[spread(operation, _DUE_SHARDS)]


def spread(text: str, over: int) -> int:
    """One of so many places, at most 256, the same for the same text."""
    return hashlib.sha256(text.encode()).digest()[0] % over


def _part(text: str) -> str:
    """A text as one part of a key: it can hold the delimiter."""
    return quote(text, safe="")


def _sha256(*parts: Any) -> bytes:
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).digest()


def _short(digest: bytes) -> str:
    """130 bits of it, in letters and digits that can be read out."""
    return base64.b32encode(digest).decode()[:26].lower()
