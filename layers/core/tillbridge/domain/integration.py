"""An integration that is ready to run: its record, compiled once when it is loaded."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, TypeAlias, TypeVar

from pydantic import BaseModel, ValidationError

from tillbridge.domain.credential import body_slot, check_places
from tillbridge.domain.documents import DocumentUnreadable, parse_json
from tillbridge.domain.exchange import UpstreamAnswer
from tillbridge.domain.expected_fields import ExpectedFields, read_stored
from tillbridge.domain.expression import ExpressionFailed, evaluation_bounds
from tillbridge.domain.faults import Fault, Gathering, RecordRefused, faults_in, member_names
from tillbridge.domain.integration_record import IntegrationRecord
from tillbridge.domain.mapping import (
    MAX_ITEMS,
    BadItem,
    Items,
    ResponseMapping,
)
from tillbridge.domain.operations import CHANGING, PLAIN, shape_of
from tillbridge.domain.outcome import CompiledRule, found_something, refusal_in
from tillbridge.domain.request_template import RequestTemplate
from tillbridge.errors import AnswerUnmappable, RecordUnusable, UpstreamUnreadable

if TYPE_CHECKING:
    from tillbridge.domain.upstream.answers import LoyaltyTransaction

_Judged = TypeVar("_Judged")
_Document: TypeAlias = Callable[[], Any]

# A record is read by a till's request, whose deadline has to hold for what a stranger wrote.
_COMPILES_WITHIN_S = 0.5
_SIMPLER = "Make them simpler, or fewer."
# Only what is certainly a name is told on: a header's text is the system's.
_MEDIA_TYPE = re.compile(r"[a-z]{1,20}/[a-z0-9.+-]{1,60}(?=\s*(?:;|$))")


@dataclass(frozen=True, slots=True)
class Integration:
    record: IntegrationRecord
    request: RequestTemplate
    outcomes: tuple[CompiledRule, ...]
    mapping: ResponseMapping
    shape: type[BaseModel] | None
    # What its answers held in its examples, to compare others with.
    expected: ExpectedFields = field(default_factory=dict, compare=False)

    @classmethod
    def load(cls, stored: dict[str, Any], expected_fields: Any = None) -> "Integration":
        """`expected_fields` is what the live record says of its examples. Raises `RecordUnusable`,
        which says where the record is wrong but not what it holds."""
        try:
            return replace(cls.read(stored), expected=read_stored(expected_fields))
        except RecordRefused as refused:
            raise RecordUnusable(str(refused)) from refused

    @classmethod
    def read(cls, stored: Mapping[str, Any]) -> "Integration":
        """As `load`, for who can mend the record: raises `RecordRefused` with every fault."""
        try:
            with evaluation_bounds(time_limit_s=_COMPILES_WITHIN_S):
                return cls.compile(IntegrationRecord.model_validate(stored))
        except ExpressionFailed as failed:
            fault = Fault("", f"The record's expressions take too long: {failed}", hint=_SIMPLER)
            raise RecordRefused(fault) from failed
        except ValidationError as error:
            raise RecordRefused(
                *faults_in(error, stored, member_names(IntegrationRecord))
            ) from None

    @classmethod
    def compile(cls, record: IntegrationRecord) -> "Integration":
        """Raises `RecordRefused`."""
        gathering = Gathering()
        gathering.part(check_places, record.auth)
        request = gathering.part(RequestTemplate.compile, record.request, body_slot(record.auth))
        outcomes = [
            gathering.part(CompiledRule.compile, rule, f"outcomes.{index}")
            for index, rule in enumerate(record.outcomes)
        ]
        mapping = gathering.part(ResponseMapping.compile, record.response)
        gathering.finish()
        return cls(record, request, tuple(outcomes), mapping, shape_of(record.operation))

    @property
    def is_xml(self) -> bool:
        return self.record.response is not None and self.record.response.format == "xml"

    @property
    def _without_content(self) -> str:
        """What a 204 means: nothing was found, or what was asked for is done."""
        return "ok" if self.record.operation in CHANGING else "not_found"

    def items(
        self, answer: UpstreamAnswer, inputs: Mapping[str, Any], at_most: int = MAX_ITEMS
    ) -> Items:
        """What the system's answer to `inputs` holds, the first `at_most` items mapped and judged.
        Raises the `UpstreamError` that the answer means, or that it cannot be read or mapped."""

        def found(document: _Document) -> Items:
            if not found_something(answer, self.outcomes, document, self._without_content):
                return Items([], 0)
            if self._without_content == "ok" and not answer.body.strip():
                return Items(self._judged([{}]), 1)
            return self._mapped(answer, inputs, document, at_most)

        return self._reading(answer, found)

    def done(self, answer: UpstreamAnswer, inputs: Mapping[str, Any]) -> "LoyaltyTransaction | str":
        """What a call that moves points has done, or the code of its certain refusal. Raises
        `UpstreamError`s when the answer leaves open whether it was done."""
        from tillbridge.domain.upstream.answers import LoyaltyTransaction

        def said(document: _Document) -> Items | LoyaltyTransaction | str:
            if (refusal := refusal_in(answer, self.outcomes, document)) is not None:
                return refusal
            if not answer.body.strip():
                return LoyaltyTransaction()
            return self._mapped(answer, inputs, document, MAX_ITEMS)

        items = self._reading(answer, said)
        if not isinstance(items, Items):
            return items
        one = items.first[0] if items.total == 1 else None
        if isinstance(one, BadItem):
            raise AnswerUnmappable(f"{one.field}: {one.reason}", field=one.field)
        if not isinstance(one, LoyaltyTransaction):
            raise AnswerUnmappable(f"the answer holds {items.total} transactions, not one")
        if one.points is not None and abs(one.points) != inputs.get("points"):
            raise AnswerUnmappable("points: another number than was asked for", field="points")
        return one

    def _reading(self, answer: UpstreamAnswer, judge: Callable[[_Document], _Judged]) -> _Judged:
        """What `judge` makes of the answer's document, which is read when it is first wanted, with
        one bound around all of the record's expressions."""
        # No context manager: one that raises another error than it was left by keeps both, and the
        # document, until garbage is collected.
        documents: list[Any] = []

        def document() -> Any:
            if not documents:
                parse = _parsed_xml if self.is_xml else parse_json
                documents.append(parse(answer.body))
            return documents[0]

        try:
            with evaluation_bounds():
                return judge(document)
        except ExpressionFailed as failed:
            raise AnswerUnmappable(f"the record's expressions failed: {failed}") from failed
        except DocumentUnreadable as unreadable:
            kind = _MEDIA_TYPE.match(answer.headers.get("content-type", ""))
            raise UpstreamUnreadable(
                f"the answer ({kind[0] if kind else 'of an unknown type'}) is not "
                f"{'XML' if self.is_xml else 'JSON'}: {unreadable}"
            ) from None

    def _mapped(
        self,
        answer: UpstreamAnswer,
        inputs: Mapping[str, Any],
        document: _Document,
        at_most: int,
    ) -> Items:
        def with_nulls() -> Any:
            return document() if self.is_xml else parse_json(answer.body, keep_nulls=True)

        items = self.mapping.apply(document(), inputs, with_nulls, at_most)
        return Items(self._judged(items.first), items.total, items.first, items.columns)

    def _judged(self, items: list[Any | BadItem]) -> list[Any | BadItem]:
        """The items in their operation's shape, or why they have not got it."""
        shape = self.shape
        if shape is None:
            return items
        if self.mapping.fields is None:
            # No field was chosen to be shown, so only those that a till knows go on.
            items = [_known_alone(item, shape) for item in items]
        as_plain = PLAIN.get(self.record.operation, _none_is)
        return [
            as_plain(item) or self._judged_one(shape, index, item)
            for index, item in enumerate(items)
        ]

    def _judged_one(self, shape: type[BaseModel], index: int, item: Any) -> Any | BadItem:
        if isinstance(item, BadItem):
            return item
        try:
            return shape.model_validate(item)
        except ValidationError as error:
            fault = faults_in(error)[0]
            field = fault.path or "item"
            return BadItem(index, field, self.mapping.expression_of(field), fault.message)


def _none_is(_item: Any) -> None:
    """Of the other operations' items."""


def _known_alone(item: Any, shape: type[BaseModel]) -> Any:
    if not isinstance(item, dict):
        return item
    return {name: item[name] for name in shape.model_fields.keys() & item.keys()}


def _parsed_xml(body: bytes) -> Any:
    # Few systems speak it, and its parser takes a while to load.
    from tillbridge.domain.xml_documents import parse_xml

    return parse_xml(body)
