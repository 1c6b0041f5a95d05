from threading import Barrier, Event

import pytest

from tests.support.builders import a_deadline
from tillbridge.domain.limits import Deadline
from tillbridge.errors import RecordsUnavailable, ServiceTimeout, UpstreamFailed
from tillbridge.services.together import together


def test_parts_run_at_the_same_time() -> None:
    meeting = Barrier(4)

    ended = together({str(n): lambda: meeting.wait(5) >= 0 for n in range(4)}, a_deadline())

    assert ended == dict.fromkeys("0123", True)


def test_a_part_that_fails_costs_itself() -> None:
    failure = UpstreamFailed()

    def fail() -> str:
        raise failure

    assert together({"sick": fail, "well": lambda: ""}, a_deadline()) == {
        "sick": failure,
        "well": "",
    }


def test_a_part_that_takes_too_long_is_not_waited_for() -> None:
    released = Event()

    ended = together({"slow": lambda: released.wait(30), "fast": bool}, Deadline.after(0.05))
    released.set()

    assert ended["fast"] is False
    assert isinstance(ended["slow"], ServiceTimeout)


def test_a_fault_of_our_own_is_none_of_a_system() -> None:
    def fault() -> None:
        raise ZeroDivisionError

    def refuse() -> None:
        raise RecordsUnavailable

    with pytest.raises(ZeroDivisionError):
        together({"fault": fault, "no fault": refuse}, a_deadline())


def test_nothing_to_wait_for_is_nothing() -> None:
    assert together({}, a_deadline()) == {}
