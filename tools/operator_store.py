"""What an operator reads and writes in a deployed stack: drafts and their verdicts, keys, shops and
secrets (docs/records.md, docs/operating.md). `tillctl` and the local stack's seed share it."""

import json
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from boto3.dynamodb.types import TypeSerializer

from tillbridge.adapters.dynamodb import plain
from tillbridge.domain.pos_key import PosKey
from tillbridge.domain.record_content import Content, content_hash, content_of
from tillbridge.domain.shop import LIVE_SECRETS

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient
    from types_boto3_secretsmanager import SecretsManagerClient

# A version that was judged, or the last judgement, as plain data.
Judged = Mapping[str, Any]

_LOOKS_EACH_S = 0.05


@dataclass(frozen=True, slots=True)
class OperatorStore:
    """The tenants table, the secrets under the stack's prefix, and that of its Shopify apps. Raises
    botocore's own errors."""

    dynamodb: "DynamoDBClient"
    secrets: "SecretsManagerClient"
    table: str
    secrets_prefix: str
    apps_secret: str

    def put_item(self, pk: str, sk: str, content: Mapping[str, Any]) -> None:
        """Write one item; its content is JSON-like data."""
        self.dynamodb.put_item(TableName=self.table, Item=_attributes(pk, sk, content))

    def put_draft(self, tenant_id: str, name: str, content: Content, saved_by: str = "") -> str:
        """Write a draft, which is judged at once. Returns its `saved_at`, by which `verdict` knows
        it from the same content that was written before."""
        saved_at = datetime.now(UTC).isoformat()
        marks = {"saved_at": saved_at} | ({"saved_by": saved_by} if saved_by else {})
        self.put_item(f"TENANT#{tenant_id}#", name, {**content, **marks})
        return saved_at

    def draft(self, tenant_id: str, name: str) -> Content | None:
        item = self._item(f"TENANT#{tenant_id}#", name)
        return None if item is None else content_of(item)

    def live(self, tenant_id: str, name: str) -> Content | None:
        """The record that tills are served by."""
        item = self._item(f"LIVE#{tenant_id}#", name)
        return None if item is None else content_of(item)

    def last_good(self, tenant_id: str, name: str) -> Content | None:
        """The content that was last judged good and can still be read."""
        good = (v for v in self.versions(tenant_id, name) if v["verdict"] == "good")
        return next((version["content"] for version in good if "content" in version), None)

    def names(self, tenant_id: str) -> list[str]:
        """Of the tenant's drafts and live records."""
        places = (f"TENANT#{tenant_id}#", f"LIVE#{tenant_id}#")
        return sorted({item["sk"] for pk in places for item in self._items(pk)})

    def latest(self, tenant_id: str, name: str) -> Judged | None:
        """The last judgement of the record, which also says what is live."""
        return self._item(f"VERSION#{tenant_id}#", f"LATEST#{name}")

    def versions(self, tenant_id: str, name: str) -> list[Judged]:
        """Each content that was judged under the name, the last one first."""
        found = self._items(f"VERSION#{tenant_id}#", f"{name}#")
        return sorted(found, key=lambda version: str(version["judged_at"]), reverse=True)

    def verdict(
        self, tenant_id: str, name: str, content: Content, saved_at: str, within_s: float
    ) -> Judged | None:
        """What was said of a draft that was written, or of the same content later; None when
        nothing was in that time."""
        sk = f"{name}#{content_hash(content)}"
        give_up_s = time.monotonic() + within_s
        while time.monotonic() < give_up_s:
            version = self._item(f"VERSION#{tenant_id}#", sk)
            # Of equal content that was written twice, only the later writing is told of.
            if version is not None and str(version.get("saved_at", "")) >= saved_at:
                return version
            time.sleep(_LOOKS_EACH_S)
        return None

    def put_key(self, key: PosKey, record: Mapping[str, Any]) -> None:
        """Store a till's key: its digest, and what `record` says of it."""
        content = {"secret_sha256": key.digest, **record}
        self.put_item(f"KEY#{key.tenant_id}#", key.key_id, content)

    def keys(self, tenant_id: str) -> list[Mapping[str, Any]]:
        """The tenant's keys by their id, `sk`."""
        return list(self._items(f"KEY#{tenant_id}#"))

    def revoke_key(self, tenant_id: str, key_id: str) -> bool:
        """False when there is no such key."""
        try:
            self.dynamodb.update_item(
                TableName=self.table,
                Key={"pk": {"S": f"KEY#{tenant_id}#"}, "sk": {"S": key_id}},
                UpdateExpression="SET revoked = :true",
                ConditionExpression="attribute_exists(pk)",
                ExpressionAttributeValues={":true": {"BOOL": True}},
            )
        except self.dynamodb.exceptions.ConditionalCheckFailedException:
            return False
        return True

    def add_shop(self, domain: str, record: Mapping[str, Any]) -> bool:
        """Write down whose a shop is. False when that is written already, whatever it says."""
        try:
            self.dynamodb.put_item(
                TableName=self.table,
                Item=_attributes(f"SHOP#{domain}", "SHOP", record),
                ConditionExpression="attribute_not_exists(pk)",
            )
        except self.dynamodb.exceptions.ConditionalCheckFailedException:
            return False
        return True

    def shop(self, domain: str) -> Mapping[str, Any] | None:
        return self._item(f"SHOP#{domain}", "SHOP")

    def shops(self) -> list[Mapping[str, Any]]:
        """All of the deployment's, with their `domain`, in its order. Each partition is a shop of
        its own, so that the whole table is read."""
        pages = self.dynamodb.get_paginator("scan").paginate(
            TableName=self.table,
            FilterExpression="begins_with(pk, :shop)",
            ExpressionAttributeValues={":shop": {"S": "SHOP#"}},
            ConsistentRead=True,
        )
        found = [_plain(item) for page in pages for item in page["Items"]]
        named = [{"domain": str(shop["pk"]).removeprefix("SHOP#"), **shop} for shop in found]
        return sorted(named, key=lambda shop: str(shop["domain"]))

    def remove_shop(self, domain: str, tenant_id: str) -> bool:
        """False when it is no shop of that tenant's."""
        try:
            self.dynamodb.delete_item(
                TableName=self.table,
                Key={"pk": {"S": f"SHOP#{domain}"}, "sk": {"S": "SHOP"}},
                ConditionExpression="tenant_id = :tenant_id",
                ExpressionAttributeValues={":tenant_id": {"S": tenant_id}},
            )
        except self.dynamodb.exceptions.ConditionalCheckFailedException:
            return False
        return True

    def app_secrets(self) -> dict[str, list[str]]:
        """The client secrets of the deployment's Shopify apps by client id, the newest first."""
        try:
            answer = self.secrets.get_secret_value(SecretId=self.apps_secret)
        except self.secrets.exceptions.ResourceNotFoundException:
            return {}
        return dict(json.loads(answer["SecretString"])["apps"])

    def put_app_secret(self, client_id: str, secret: str) -> list[str]:
        """Make a client secret the app's newest. The one before stays live beside it, so that what
        Shopify still signs with that is accepted; returns what is live."""
        apps = self.app_secrets()
        before = [known for known in apps.get(client_id, []) if known != secret]
        apps[client_id] = [secret, *before][:LIVE_SECRETS]
        self._put_secret(self.apps_secret, {"apps": apps})
        return apps[client_id]

    def retire_app_secrets(self, client_id: str) -> bool:
        """Leave only the app's newest client secret live. False when there is no such app."""
        apps = self.app_secrets()
        if client_id not in apps:
            return False
        self._put_secret(self.apps_secret, {"apps": {**apps, client_id: apps[client_id][:1]}})
        return True

    def put_secret(self, tenant_id: str, name: str, value: str, origins: list[str]) -> bool:
        """Store a tenant's secret with the origins that it may be sent to. True when it is new."""
        secret_id = f"{self.secrets_prefix}/{tenant_id}/{name}"
        return self._put_secret(secret_id, {"value": value, "origins": origins})

    def _put_secret(self, secret_id: str, content: Mapping[str, Any]) -> bool:
        """True when it is new."""
        text = json.dumps(content)
        try:
            self.secrets.create_secret(Name=secret_id, SecretString=text)
        except self.secrets.exceptions.ResourceExistsException:
            self.secrets.put_secret_value(SecretId=secret_id, SecretString=text)
            return False
        return True

    def _item(self, pk: str, sk: str) -> dict[str, Any] | None:
        key = {"pk": {"S": pk}, "sk": {"S": sk}}
        answer = self.dynamodb.get_item(TableName=self.table, Key=key, ConsistentRead=True)
        return _plain(answer["Item"]) if "Item" in answer else None

    def _items(self, pk: str, sk_prefix: str = "") -> Iterator[dict[str, Any]]:
        values = {":pk": {"S": pk}}
        condition = "pk = :pk"
        if sk_prefix:
            values[":sk"] = {"S": sk_prefix}
            condition += " AND begins_with(sk, :sk)"
        pages = self.dynamodb.get_paginator("query").paginate(
            TableName=self.table,
            KeyConditionExpression=condition,
            ExpressionAttributeValues=values,
            ConsistentRead=True,
        )
        for page in pages:
            yield from map(_plain, page["Items"])


def _attributes(pk: str, sk: str, content: Mapping[str, Any]) -> dict[str, Any]:
    """JSON-like data as an item in DynamoDB's form."""
    item = json.loads(json.dumps(content), parse_float=Decimal)
    serialize = TypeSerializer().serialize
    attributes = {name: serialize(value) for name, value in item.items()}
    return attributes | {"pk": {"S": pk}, "sk": {"S": sk}}


def _plain(attributes: Mapping[str, Any]) -> dict[str, Any]:
    return {name: plain(value, repr) for name, value in attributes.items()}
