"""An integrator: writes drafts on the deployed stack, with whatever client, and reads what is said
of them."""

import time
from dataclasses import dataclass
from typing import Any

from boto3.dynamodb.types import TypeDeserializer

from local.seed import put_item, put_secret, wait_for_verdict
from local.stack import LocalStack

_PATIENCE_S = 30


@dataclass(frozen=True)
class Integrator:
    """Works for one tenant."""

    stack: LocalStack
    tenant_id: str

    @property
    def table(self) -> str:
        return self.stack.outputs["TenantsTable"]

    @property
    def dynamodb(self) -> Any:
        return self.stack.emulator.client("dynamodb")

    def key(self, name: str) -> dict[str, Any]:
        return {"pk": {"S": f"TENANT#{self.tenant_id}#"}, "sk": {"S": name}}

    def write(self, name: str, content: dict[str, Any]) -> None:
        put_item(self.stack.emulator, self.table, f"TENANT#{self.tenant_id}#", name, content)

    def delete(self, name: str) -> None:
        self.dynamodb.delete_item(TableName=self.table, Key=self.key(name))

    def store_secret(self, name: str, value: str) -> None:
        put_secret(self.stack.emulator, self.tenant_id, name, value, [self.stack.demo_crm])

    def publish(self, name: str, content: dict[str, Any]) -> dict[str, Any]:
        """Write a draft and wait until it is judged; what was said."""
        turn = self.turn(name)
        self.write(name, content)
        return self.latest(name, after_turn=turn)

    def turn(self, name: str) -> int:
        latest = self._item(f"VERSION#{self.tenant_id}#", f"LATEST#{name}")
        return int(latest["turn"]) if latest else 0

    def latest(self, name: str, after_turn: int = 0) -> dict[str, Any]:
        """The record's last judgement, once there is one after that turn."""
        return _plain(
            wait_for_verdict(
                self.stack.emulator, self.table, self.tenant_id, name, after_turn=after_turn
            )
        )

    def draft(self, name: str) -> dict[str, Any] | None:
        return self._item(f"TENANT#{self.tenant_id}#", name)

    def live(self, name: str) -> dict[str, Any] | None:
        return self._item(f"LIVE#{self.tenant_id}#", name)

    def versions(self, prefix: str = "", *, at_least: int = 1) -> list[dict[str, Any]]:
        """What was judged under a name that begins so, once there is as much of it."""
        give_up_s = time.monotonic() + _PATIENCE_S
        while time.monotonic() < give_up_s:
            found = [
                item
                for item in self.items(f"VERSION#{self.tenant_id}#")
                if item["sk"].startswith(prefix) and not item["sk"].startswith("LATEST#")
            ]
            if len(found) >= at_least:
                return found
            time.sleep(0.05)
        raise AssertionError(f"{len(found)} versions, not {at_least}")

    def _item(self, pk: str, name: str) -> dict[str, Any] | None:
        key = {"pk": {"S": pk}, "sk": {"S": name}}
        item = self.dynamodb.get_item(TableName=self.table, Key=key, ConsistentRead=True).get(
            "Item"
        )
        return None if item is None else _plain(item)

    def items(self, pk: str) -> list[dict[str, Any]]:
        pages = self.dynamodb.get_paginator("query").paginate(
            TableName=self.table,
            ConsistentRead=True,
            KeyConditionExpression="pk = :pk",
            ExpressionAttributeValues={":pk": {"S": pk}},
        )
        return [_plain(item) for page in pages for item in page["Items"]]


def _plain(item: dict[str, Any]) -> dict[str, Any]:
    return {name: TypeDeserializer().deserialize(value) for name, value in item.items()}
