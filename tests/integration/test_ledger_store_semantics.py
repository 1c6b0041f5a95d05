"""The ledger's table in memory and the real one's emulator, given the same random transactions: the
same outcomes, the same refusals with the same items, the same tables."""

import random
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from local.emulator import running_emulator
from local.template import load_template
from tests.support.memory_ledger import InvalidWrites, MemoryLedger, holds
from tillbridge.adapters.ledger_table import LedgerTable
from tillbridge.domain.ledger.writes import (
    Absent,
    AllOf,
    AnyOf,
    AtLeast,
    AtMost,
    Condition,
    Equals,
    Item,
    Key,
    Lacks,
    Path,
    Put,
    Update,
    Write,
    WritesRefused,
)

TABLE = "ledger"
TRANSACTIONS = 2_500
KEYS = [Key(f"T#acme#{kind}", sk) for kind in ("A#1", "R#1", "N#1") for sk in ("ACCT", "R", "E#1")]
NAMES = ("count", "flag", "text", "gone")
DAYS = ("2026-12-01", "2027-01-31", "never")
VALUES: tuple[Any, ...] = (0, 1, 2, 70, True, False, "1", "text", "")
# The emulator adds to what is no number, which DynamoDB refuses: these are numbers or not there.
COUNTED = ("count", "gone")


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """A client of an emulator with an empty ledger table, as the template declares it."""
    declared = load_template()["Resources"]["LedgerTable"]["Properties"]
    parts = (
        "AttributeDefinitions BillingMode KeySchema LocalSecondaryIndexes GlobalSecondaryIndexes"
    )
    with running_emulator(0, tmp_path_factory.mktemp("ledger")) as emulator:
        client = emulator.client("dynamodb")
        client.create_table(TableName=TABLE, **{name: declared[name] for name in parts.split()})
        yield client


@pytest.fixture
def table(client: Any) -> LedgerTable:
    return LedgerTable(client, TABLE)


def a_condition(rng: random.Random, depth: int = 0) -> Condition:
    kind = rng.random()
    if kind < 0.2:
        return Absent()
    if kind < 0.3:
        return Lacks(rng.choice(NAMES))
    if kind < 0.5 or depth == 2:
        return Equals(rng.choice(NAMES), rng.choice(VALUES))
    if kind < 0.75:
        bound = AtLeast if kind < 0.63 else AtMost
        return bound(rng.choice(NAMES), rng.choice((-1, 0, 1, 2, 70)))
    # Of one part it would be rendered with parentheses too many, which DynamoDB refuses.
    parts = tuple(a_condition(rng, depth + 1) for _ in range(rng.randint(2, 3)))
    return AllOf(parts) if kind < 0.85 else AnyOf(parts)


def a_condition_for(rng: random.Random, item: Item | None) -> Condition:
    """More often than chance has it, one that is true of the item."""
    condition = a_condition(rng)
    for _ in range(rng.choice((0, 20, 20))):
        if holds(condition, item):
            break
        condition = a_condition(rng)
    return condition


def a_value(rng: random.Random, name: str) -> Any:
    return rng.choice((0, 1, 2, 70) if name in COUNTED else VALUES)


def an_item(rng: random.Random) -> dict[str, Any]:
    """Always with lots: the emulator follows a path through an object that is not there, which
    DynamoDB refuses."""
    item = {name: a_value(rng, name) for name in NAMES if rng.random() < 0.6}
    return {**item, "lots": {day: rng.randint(0, 90) for day in DAYS if rng.random() < 0.5}}


def an_update(rng: random.Random, key: Key, item: Item | None) -> Update:
    """Paths lie apart, as `Update` asks."""
    lots = [("lots", day) for day in rng.sample(DAYS, 3)]
    paths: list[Path] = [*((name,) for name in rng.sample(NAMES, 4)), *lots]
    rng.shuffle(paths)
    cut, end = sorted(rng.sample(range(1, 6), 2))
    put = {path[0]: a_value(rng, path[0]) for path in paths[:cut] if len(path) == 1}
    add = {path: rng.randint(-9, 9) for path in paths[cut:end] if path[-1] in (*COUNTED, *DAYS)}
    remove = tuple(path for path in paths[end:] if rng.random() < 0.3)
    condition = a_condition_for(rng, item)
    if item is not None:
        return Update(key, condition, put=put, add=add, remove=remove)
    add = {path: number for path, number in add.items() if len(path) == 1}
    return Update(key, condition, put={**put, "lots": {}}, add=add)


def a_transaction(rng: random.Random, memory: MemoryLedger) -> list[Write]:
    keys = rng.sample(KEYS, rng.choice((1, 1, 2, 3)))
    return [
        Put(key, an_item(rng), a_condition_for(rng, memory.get(key)))
        if rng.random() < 0.5
        else an_update(rng, key, memory.get(key))
        for key in keys
    ]


def outcome(store: Any, writes: list[Write]) -> Any:
    """None when it was written, the items that refused it, or "invalid"."""
    try:
        store.transact(writes)
    except WritesRefused as refused:
        return refused.found
    except (InvalidWrites, ClientError):
        return "invalid"
    return None


@pytest.mark.timeout(300)
def test_random_transactions_end_alike(table: LedgerTable) -> None:
    rng, memory = random.Random(20261125), MemoryLedger()
    outcomes: dict[str, int] = {}
    for number in range(TRANSACTIONS):
        writes = a_transaction(rng, memory)
        expected = outcome(memory, writes)
        assert outcome(table, writes) == expected, f"transaction {number}: {writes}"
        kind = "refused" if isinstance(expected, dict) else str(expected)
        outcomes[kind] = outcomes.get(kind, 0) + 1
        if number % 50 == 0:
            assert {key: table.get(key) for key in KEYS} == {key: memory.get(key) for key in KEYS}
    assert {key: table.get(key) for key in KEYS} == {key: memory.get(key) for key in KEYS}
    assert min(outcomes["None"], outcomes["refused"]) > 200


def test_what_no_table_takes_is_invalid_in_both(table: LedgerTable) -> None:
    put = Put(KEYS[0], {"count": 1}, AnyOf((Absent(), AtLeast("count", 0))))
    many = [Put(Key("T#acme#A#1", f"E#{number}"), {}, Absent()) for number in range(101)]

    for writes in ([put, put], many):
        assert outcome(MemoryLedger(), list(writes)) == "invalid"
        assert outcome(table, list(writes)) == "invalid"


def test_paths_that_overlap_or_lead_nowhere_are_invalid_in_memory() -> None:
    """As DynamoDB has it; the emulator lets some of them pass."""
    item = {"count": 1, "flag": True, "lots": {"never": 1}}
    changes: tuple[dict[str, Any], ...] = (
        {"add": {("nothing", "never"): 1}},
        {"remove": (("nothing", "never"),)},
        {"add": {("flag",): 1}},
        {"put": {"lots": {}}, "add": {("lots", "never"): 1}},
        {"put": {"count": 1}, "add": {("count",): 1}},
        {"add": {("lots", "never"): 1}, "remove": (("lots",),)},
        {},
    )
    for change in changes:
        memory = MemoryLedger()
        memory.transact([Put(KEYS[0], item, Absent())])
        update = Update(KEYS[0], Equals("count", 1), **change)
        assert outcome(memory, [update]) == "invalid"


def test_queries_name_the_same_items(table: LedgerTable) -> None:
    memory, pk = MemoryLedger(), "T#other#A#indexed"
    instants = [f"2026-11-25T12:00:0{second}.000Z" for second in (3, 1, 2)]
    for store in (memory, table):
        for number, at in enumerate(instants):
            entry = Put(Key(pk, f"E#{number}"), {"at": at, "delta": number}, Absent())
            due = {"due_shard": "DUE#1", "due_at": at, "state": "held"}
            held = Put(Key(f"T#other#R#{number}", "R"), due, Absent())
            store.transact([entry, held])
        over = Update(
            Key("T#other#R#0", "R"),
            Equals("state", "held"),
            put={"state": "voided"},
            remove=(("due_shard",), ("due_at",)),
        )
        store.transact([over])

    for until in (instants[1], instants[0]):
        assert list(table.due("DUE#1", until)) == list(memory.due("DUE#1", until))
    for store in (memory, table):
        assert store.sort_keys(pk) == {"E#0", "E#1", "E#2"}
        assert not store.sort_keys("T#other#A#nobody")
    first, other = table.entries(pk, 2, None), memory.entries(pk, 2, None)
    assert first == other
    assert table.entries(pk, 2, first.following) == memory.entries(pk, 2, other.following)
