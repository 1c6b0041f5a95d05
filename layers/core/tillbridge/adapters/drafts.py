"""Drafts in the tenants table, and what is said of them (docs/records.md has the items)."""

from collections.abc import Callable, Mapping
from datetime import datetime
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from boto3.dynamodb.types import TypeSerializer
from botocore.exceptions import BotoCoreError, ClientError

from tillbridge.adapters.dynamodb import get_attributes, plain, plain_item
from tillbridge.domain.drafts import Draft, DraftKey, Judgement, Turn
from tillbridge.domain.faults import Fault
from tillbridge.domain.record_check import LOOKS_LIKE_A_SECRET
from tillbridge.domain.record_content import BOOKKEEPING, Content, content_of, is_too_large
from tillbridge.errors import RecordsUnavailable

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient

Attributes = Mapping[str, Any]

_DRAFTS = "TENANT#"
# What DynamoDB takes of a key is 2,048 and 1,024 bytes; of a key of ours a hash is a part.
_MAX_KEY_PART_BYTES = 900
_MAX_REASONS = 50
_MAX_REASON_BYTES = 400
# The transaction lost against another: nothing was written, and the turn may be over.
_LOST = {"ConditionalCheckFailed", "TransactionConflict"}

_serialize: Callable[[Any], Any] = TypeSerializer().serialize


def written_draft(change: Mapping[str, Any]) -> tuple[DraftKey, Draft | None] | None:
    """What a stream record's `dynamodb` says: which draft was written, and what, None for one that
    was deleted. None for another item: the filter keeps those away, and should it ever not, a
    verdict must not get a verdict."""
    pk, name = (change["Keys"][part]["S"] for part in ("pk", "sk"))
    if not pk.startswith(_DRAFTS):
        return None
    image = change.get("NewImage")
    return DraftKey(pk.removeprefix(_DRAFTS), name), None if image is None else _draft(image)


class Drafts:
    """`ports.DraftStore` on a table. Drafts are read with every write that was acknowledged."""

    def __init__(self, client: "DynamoDBClient", table: str, now: Callable[[], datetime]) -> None:
        self._client = client
        self._table = table
        self._now = now

    def turn(self, key: DraftKey) -> Turn:
        item = get_attributes(
            self._client, self._table, _versions(key), _latest(key), consistent=True
        )
        if item is None:
            return Turn()
        return Turn(int(item["turn"]["N"]), item.get("live_hash", {}).get("S"))

    def draft(self, key: DraftKey) -> Draft | None:
        pk = f"{_DRAFTS}{key.owner}"
        image = get_attributes(self._client, self._table, pk, key.name, consistent=True)
        return None if image is None else _draft(image)

    def live(self, key: DraftKey) -> Content | None:
        """The content of the live record, None when there is none. Raises `RecordsUnavailable`."""
        pk, sk = (part["S"] for part in _live_key(key).values())
        item = get_attributes(self._client, self._table, pk, sk, consistent=True)
        return None if item is None else content_of(plain_item(item))

    def conclude(self, key: DraftKey, turn: Turn, judgement: Judgement | None) -> bool:
        said = self._said(key, judgement)
        live_hash = turn.live_hash
        writes: list[dict[str, Any]] = []
        if judgement is None:
            live_hash = None
            writes.append({"Delete": {"TableName": self._table, "Key": _live_key(key)}})
        else:
            writes.append(self._put(_version(key, judgement, said)))
            if judgement.verdict == "good":
                live_hash = judgement.draft.content_hash
                writes.append(self._put(_live(key, judgement, said)))
        writes.append(self._next_turn(key, turn, live_hash, said))
        try:
            self._client.transact_write_items(TransactItems=writes)  # type: ignore[arg-type]
        except self._client.exceptions.TransactionCanceledException as canceled:
            reasons = {reason.get("Code") for reason in canceled.response["CancellationReasons"]}
            if reasons & _LOST:
                return False
            raise RecordsUnavailable from canceled
        except (BotoCoreError, ClientError) as error:
            raise RecordsUnavailable from error
        return True

    def note(self, key: DraftKey, judgement: Judgement) -> None:
        version = _version(key, judgement, self._said(key, judgement))
        try:
            self._client.put_item(TableName=self._table, Item=version)
        except (BotoCoreError, ClientError) as error:
            raise RecordsUnavailable from error

    def _put(self, item: Attributes, **condition: Any) -> dict[str, Any]:
        return {"Put": {"TableName": self._table, "Item": item, **condition}}

    def _next_turn(
        self, key: DraftKey, turn: Turn, live_hash: str | None, said: Attributes
    ) -> dict[str, Any]:
        item = {
            **_texts({"pk": _versions(key), "sk": _latest(key), "live_hash": live_hash}),
            **said,
            "turn": {"N": str(turn.number + 1)},
        }
        if turn.number == 0:
            return self._put(item, ConditionExpression="attribute_not_exists(pk)")
        return self._put(
            item,
            ConditionExpression="turn = :turn",
            ExpressionAttributeValues={":turn": {"N": str(turn.number)}},
        )

    def _said(self, key: DraftKey, judgement: Judgement | None) -> dict[str, Any]:
        """The verdict as attributes."""
        judged_at = self._now().isoformat(timespec="milliseconds")
        if judgement is None:
            return _texts({"name": key.name, "verdict": "retired", "judged_at": judged_at})
        draft = judgement.draft
        texts = {
            "name": key.name,
            "verdict": judgement.verdict,
            "content_hash": draft.content_hash,
            "judged_at": judged_at,
            "saved_at": draft.saved_at,
            "saved_by": draft.saved_by,
        }
        return {**_texts(texts), "reasons": _serialize(_reasons(judgement.faults))}


def _version(key: DraftKey, judgement: Judgement, said: Attributes) -> dict[str, Any]:
    draft = judgement.draft
    place = {"pk": _versions(key), "sk": f"{_fitting(key.name)}#{draft.content_hash}"}
    # What looks like a secret is not kept beyond the draft that holds it.
    tells = any(fault.message == LOOKS_LIKE_A_SECRET for fault in judgement.faults)
    content = {"content": {"M": draft.stored}} if draft.stored and not tells else {}
    return {**_texts(place), **said, **content}


def _live(key: DraftKey, judgement: Judgement, said: Attributes) -> dict[str, Any]:
    derived = {name: _serialize(value) for name, value in judgement.derived.items()}
    marks = {name: said[name] for name in ("content_hash", "judged_at")}
    return {**judgement.draft.stored, **derived, **marks, **_live_key(key)}


def _live_key(key: DraftKey) -> dict[str, Any]:
    return _texts({"pk": f"LIVE#{key.owner}", "sk": key.name})


def _draft(image: Attributes) -> Draft:
    stored = {name: value for name, value in image.items() if name not in BOOKKEEPING}
    binary: list[bytes] = []

    def note_binary(_value: Any) -> bytes:
        # Base64 in the stream and bytes in the table: nothing that could be compared.
        binary.append(b"")
        return b""

    content = {name: plain(value, note_binary) for name, value in stored.items()}
    if binary or is_too_large(content):
        stored = {}
    saved_at, saved_by = (_short_text(image.get(name)) for name in ("saved_at", "saved_by"))
    return Draft(content, stored, saved_at, saved_by)


def _short_text(attribute: Attributes | None) -> str | None:
    text = (attribute or {}).get("S")
    return text if text is not None and len(text) <= 100 else None


def _texts(texts: Mapping[str, str | None]) -> dict[str, Any]:
    return {name: {"S": text} for name, text in texts.items() if text is not None}


def _versions(key: DraftKey) -> str:
    return f"VERSION#{_fitting(key.owner)}"


def _latest(key: DraftKey) -> str:
    return f"LATEST#{key.name}"


def _fitting(part: str) -> str:
    """The part of a key, or its hash where it is so long that nothing could be added."""
    raw = part.encode()
    return part if len(raw) <= _MAX_KEY_PART_BYTES else f"~{sha256(raw).hexdigest()}"


def _reasons(faults: tuple[Fault, ...]) -> list[dict[str, Any]]:
    told = faults[:_MAX_REASONS]
    if left_out := len(faults) - len(told):
        told = (*told, Fault("", f"There are {left_out} more"))
    return [
        {name: _cut(value) for name, value in fault._asdict().items() if value is not None}
        for fault in told
    ]


def _cut(value: Any) -> Any:
    raw = value.encode() if isinstance(value, str) else b""
    if len(raw) <= _MAX_REASON_BYTES:
        return value
    return raw[:_MAX_REASON_BYTES].decode(errors="ignore") + "…"
