"""An integration that is ready to run: its record, compiled once when it is loaded."""

from dataclasses import dataclass
from functools import cache
from typing import Any

from pydantic import BaseModel, ValidationError

from tillbridge.domain.documents import DocumentUnreadable, parse_json
from tillbridge.domain.exchange import UpstreamAnswer
from tillbridge.domain.expression import ExpressionRefused
from tillbridge.domain.integration_record import IntegrationRecord
from tillbridge.domain.mapping import BadItem, MappingRefused, ResponseMapping
from tillbridge.domain.operations import SHAPES
from tillbridge.domain.outcome import CompiledRule, found_something
from tillbridge.domain.request_template import RequestTemplate, TemplateRefused
from tillbridge.errors import RecordUnusable, UpstreamUnreadable


@dataclass(frozen=True, slots=True)
class Integration:
    record: IntegrationRecord
    request: RequestTemplate
    outcomes: tuple[CompiledRule, ...]
    mapping: ResponseMapping
    shape: type[BaseModel] | None

    @classmethod
    def load(cls, stored: dict[str, Any]) -> "Integration":
        """Raises `RecordUnusable`, which says where the record is wrong but not what it holds."""
        try:
            return cls.compile(IntegrationRecord.model_validate(stored))
        except ValidationError as error:
            faults = "; ".join(
                f"{'.'.join(map(str, fault['loc']))}: {fault['msg']}" for fault in error.errors()
            )
            raise RecordUnusable(faults) from None
        except (TemplateRefused, MappingRefused, ExpressionRefused) as refused:
            raise RecordUnusable(str(refused)) from refused

    @classmethod
    def compile(cls, record: IntegrationRecord) -> "Integration":
        """Raises `TemplateRefused`, `MappingRefused` or `ExpressionRefused`."""
        return cls(
            record=record,
            request=RequestTemplate.compile(record.request),
            outcomes=tuple(CompiledRule.compile(rule) for rule in record.outcomes),
            mapping=ResponseMapping.compile(record.response),
            shape=SHAPES.get(record.operation),
        )

    def items(self, answer: UpstreamAnswer) -> list[Any | BadItem]:
        """What the system's answer holds, mapped and judged; nothing when it says so. Raises the
        `UpstreamError` that the answer means, or that it cannot be read or mapped."""

        @cache
        def document() -> Any:
            return parse_json(answer.body)

        if not found_something(answer, self.outcomes, document):
            return []
        try:
            items = self.mapping.apply(document())
        except DocumentUnreadable as unreadable:
            kind = answer.headers.get("content-type", "of no content type").partition(";")[0]
            raise UpstreamUnreadable(f"the answer ({kind}) is not JSON: {unreadable}") from None
        return [self._judged(index, item) for index, item in enumerate(items)]

    def _judged(self, index: int, item: Any) -> Any | BadItem:
        """The item in its operation's shape, or why it has not got it."""
        if self.shape is None or isinstance(item, BadItem):
            return item
        if self.record.response is None and isinstance(item, dict):
            # Nothing was mapped, so nothing was chosen to be shown: only what a till knows goes on.
            item = {name: item[name] for name in self.shape.model_fields.keys() & item.keys()}
        try:
            return self.shape.model_validate(item)
        except ValidationError as error:
            fault = error.errors(include_input=False, include_url=False, include_context=False)[0]
            field = ".".join(map(str, fault["loc"])) or "item"
            return BadItem(index, field, self.mapping.expression_of(field), fault["msg"])
