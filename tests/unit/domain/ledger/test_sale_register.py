"""The rule is written twice, to decide and to be held by the table: both must say the same."""

from hypothesis import given
from hypothesis import strategies as st

from tests.support.memory_ledger import holds
from tillbridge.domain.ledger.sale_register import blocks, taken
from tillbridge.domain.ledger.writes import Key

ids = st.sampled_from(["r1", "r2"])
registered = st.none() | st.fixed_dictionaries({"rid": ids, "closed": st.booleans()})


@given(registered, st.none() | ids)
def test_a_sale_is_taken_where_nothing_blocks_it(
    item: dict[str, object] | None, supersedes: str | None
) -> None:
    write = taken(Key("T#acme#N#shop#sale", "account"), "r3", supersedes)

    assert holds(write.condition, item) is not blocks(item, supersedes)
