"""The mappings that are counted give what the loops beside them give."""

from bench.gateway.transformation import TIMES, counted_calls


def test_every_mapping_gives_what_is_written_by_hand() -> None:
    calls = counted_calls()
    assert set(calls) == {f"{name}{by}" for name in TIMES for by in ("", " by hand")}
    for name in TIMES:
        mapped, by_hand = (calls[f"{name}{by}"][0]() for by in ("", " by hand"))
        assert mapped == by_hand
        assert isinstance(mapped, list)
        assert len(mapped) == 50
