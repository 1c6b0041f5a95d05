"""Seeing that a merchant's system answers differently than its record was written for, while tills
still get something: a field is gone, has another type, or many items cannot be used."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from tillbridge.domain.expected_fields import ExpectedFields, leaf_names, presence_of, values_at
from tillbridge.domain.integration import Integration
from tillbridge.domain.mapping import BadItem, Items
from tillbridge.domain.recent import Recent

# The better a field is known, the sooner it is missed: one that all of ten items had, in the next
# item without it; one that a single item had, after ten; and one that some lack, after fifty.
_KNOWN_WELL = 10
_OFTEN_ABSENT = 50
_SKIPPED_SHARE = 0.2


class Drift(NamedTuple):
    """What is different in one answer: names of fields that are missed in all of its items, the
    types of those that changed (`string, now object`), and how many of its items were skipped when
    that is more than a few."""

    lost: tuple[str, ...]
    changed: Mapping[str, str]
    skipped: int
    items: int

    def __bool__(self) -> bool:
        return bool(self.lost or self.changed or self.skipped)


@dataclass(slots=True)
class _Field:
    """What is known of a field: from the examples, whose types hold, or from earlier answers."""

    path: Sequence[str]
    types: frozenset[str] = frozenset()
    count: int = 0
    always: bool = True
    is_from_examples: bool = False
    absent_in_a_row: int = 0

    def is_missed(self) -> bool:
        if not self.count:
            return False
        patience = -(-_KNOWN_WELL // self.count) if self.always else _OFTEN_ABSENT
        return self.absent_in_a_row >= patience

    def learn(self, count: int, types: frozenset[str], *, is_everywhere: bool) -> None:
        self.always = self.always and is_everywhere and not self.absent_in_a_row
        self.absent_in_a_row = 0
        self.count += count
        if not self.is_from_examples and not types <= self.types:
            self.types |= types


@dataclass(slots=True)
class _Record:
    """What is known of the answers to one record; another record's are nothing to it."""

    integration: Integration
    fields: dict[str, _Field]

    def is_of(self, other: Integration) -> bool:
        """Whether the other is the same, or has been loaded again."""
        known = self.integration
        return known is other or (
            known.mapping.fields == other.mapping.fields and known.expected == other.expected
        )


class DriftWatch:
    """Compares each answer with the record's examples (`Integration.expected`) and with what this
    environment has seen of its fields since the record went live."""

    def __init__(self) -> None:
        self._records: Recent[tuple[str, str], _Record] = Recent()

    def observe(self, tenant_id: str, integration: Integration, items: Items) -> Drift:
        """What is different in this answer; false when nothing is."""
        fields = self._record(tenant_id, integration).fields
        objects = [item for item in items.mapped if isinstance(item, dict)]
        lost: list[str] = []
        changed: dict[str, str] = {}
        for name, known in fields.items() if objects else ():
            values = items.columns.get(name)
            if values is None:
                values = values_at(objects, known.path)
            count, types = presence_of(values, known.types)
            if not count:
                known.absent_in_a_row += len(objects)
                if known.is_missed():
                    lost.append(name)
                continue
            if known.types and not types <= known.types:
                changed[name] = f"{_text(known.types)}, now {_text(types)}"
            known.learn(count, types, is_everywhere=count == len(objects))
        skipped = list(map(type, items.first)).count(BadItem)
        if skipped <= _SKIPPED_SHARE * len(items.first):
            skipped = 0
        return Drift(tuple(lost), changed, skipped, len(items.first))

    def _record(self, tenant_id: str, integration: Integration) -> _Record:
        key = (tenant_id, integration.record.operation)
        known = self._records.get(key)
        if known is None or not known.is_of(integration):
            expected = integration.expected
            fields = {name: _field(name, expected) for name in _names(integration)}
            known = _Record(integration, fields)
            self._records.put(key, known)
        known.integration = integration
        return known


def _names(integration: Integration) -> Iterator[str]:
    """The fields to look at: names from the record, never an answer's."""
    if integration.mapping.fields is not None:
        yield from leaf_names(integration.mapping.fields)
    else:
        yield from integration.expected


def _field(name: str, expected: ExpectedFields) -> _Field:
    path = name.split(".")
    if name not in expected:
        return _Field(path)
    known = expected[name]
    return _Field(path, known.types, known.count, known.always, is_from_examples=True)


def _text(types: frozenset[str]) -> str:
    return " or ".join(sorted(types))
