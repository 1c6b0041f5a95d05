"""A record's own examples, run: this answer of the system must give these items."""

import json
from typing import Any

from pydantic import BaseModel

from tillbridge.domain.credential import seal
from tillbridge.domain.exchange import UpstreamAnswer
from tillbridge.domain.integration import Integration
from tillbridge.domain.integration_record import Example, ExampleResponse
from tillbridge.domain.mapping import BadItem
from tillbridge.errors import TillbridgeError

_STAND_IN = "example"


def failed_examples(integration: Integration) -> list[str]:
    """One line for each example that does not hold; none when all do. An example expects the list
    of items as the mapping gives them, or `{"code": "upstream_rejected"}`."""
    return [
        f"{example.name}: expected {_text(example.expect)}, got {_text(result)}"
        for example in integration.record.examples
        if (result := _result(integration, example)) != example.expect
    ]


def _result(integration: Integration, example: Example) -> Any:
    try:
        draft = integration.request.render(example.input)
        seal(draft, integration.record.auth, _STAND_IN, now_s=0)
        items = integration.items(_answer(example.response), example.input)
    except TillbridgeError as error:
        return {"code": error.code}
    return [_as_json(item) for item in items.first]


def _answer(response: ExampleResponse) -> UpstreamAnswer:
    body = response.body if isinstance(response.body, str) else json.dumps(response.body)
    return UpstreamAnswer(response.status, {}, body.encode())


def _as_json(item: Any) -> Any:
    if isinstance(item, BadItem):
        return {"skipped": item.field}
    return item.model_dump(mode="json", exclude_none=True) if isinstance(item, BaseModel) else item


def _text(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=True)
