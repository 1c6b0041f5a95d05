"""The race, and the judgement of what it left."""

import uuid
from collections import defaultdict
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from random import SystemRandom
from threading import Barrier
from typing import Any

from tools.race.deployment import Answer, CannotRun, Deployment

COST = 100
# The entries by which points leave what is available.
_TAKES = ("hold", "post")

Progress = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Try:
    """One redemption that is asked for, maybe again and again: the same key is the same one."""

    key: str
    sale_ref: str
    mode: str


@dataclass(frozen=True, slots=True)
class Result:
    """`requests` counts what was sent in the race, `successes` the redemptions that were granted,
    `overspend` the points that were spent or held beyond those there were. `findings` says in words
    what is wrong, nothing when all is well."""

    requests: int
    successes: int
    overspend: int
    findings: tuple[str, ...]


def run(deployment: Deployment, tries: int, threads: int, progress: Progress) -> Result:
    """Raises `CannotRun`."""
    customer = f"race-{uuid.uuid4()}"
    # Enough for a third of the sales, so that most must lose.
    given = COST * (tries // 3)
    progress(f"{customer} earns {given} points: enough for {given // COST} redemptions")
    earned = {"points": given, "store_id": "race", "order_ref": f"order-{uuid.uuid4()}"}
    booked = deployment.require("POST", f"/v1/customers/{customer}/points/accruals", json=earned)
    shown = deployment.require("GET", f"/v1/customers/{customer}/loyalty")
    if booked.get("points") != given or "account" not in shown:
        raise CannotRun(f"{deployment.url} does not answer as Tillbridge does")

    before = deployment.sent
    progress(f"{2 * tries} requests from {threads} threads: half with one key, half with their own")
    decided = _race(deployment, customer, _drawn(tries), threads)
    sent = deployment.sent - before
    reasons = ", ".join(f"{why} {times}" for why, times in deployment.retried.most_common())
    progress(f"sent again: {reasons or 'nothing'}; reading the history")
    account, entries = deployment.history(customer)
    return _judged(sent, given, decided, account, entries)


def _drawn(tries: int) -> list[Try]:
    """As many with one key as with keys of their own, in any order."""
    same = Try(str(uuid.uuid4()), f"sale-{uuid.uuid4()}", "burn")
    own = [
        Try(str(uuid.uuid4()), f"sale-{uuid.uuid4()}", "burn" if number % 2 else "hold")
        for number in range(tries)
    ]
    drawn = [same] * tries + own
    SystemRandom().shuffle(drawn)
    return drawn


def _race(
    deployment: Deployment, customer: str, tries: list[Try], threads: int
) -> dict[str, list[Answer]]:
    """What every key was told. All threads begin at the same instant."""
    start = Barrier(threads)

    def send(numbered: tuple[int, Try]) -> tuple[str, Answer]:
        number, one = numbered
        if number < threads:
            start.wait()
        asked = {"customer_id": customer, "points": COST, "store_id": "race"}
        body = {**asked, "sale_ref": one.sale_ref, "mode": one.mode}
        return one.key, deployment.call("POST", "/v1/redemptions", one.key, json=body)

    told: dict[str, list[Answer]] = defaultdict(list)
    with ThreadPoolExecutor(threads) as pool:
        for key, answer in pool.map(send, enumerate(tries)):
            told[key].append(answer)
    return told


def _judged(
    sent: int,
    given: int,
    told: dict[str, list[Answer]],
    account: dict[str, int],
    entries: list[dict[str, Any]],
) -> Result:
    granted = {
        answer.body["redemption_id"]
        for answers in told.values()
        for answer in answers
        if answer.is_success
    }
    taken = [entry for entry in entries if entry["kind"] in _TAKES]
    spent = -sum(entry["delta"] for entry in taken) + account["held"]
    promised = max(spent, len(granted) * COST)
    return Result(
        requests=sent,
        successes=len(granted),
        overspend=max(0, promised - given),
        findings=tuple(_findings(given, told, granted, account, entries)),
    )


def _findings(
    given: int,
    told: dict[str, list[Answer]],
    granted: set[str],
    account: dict[str, int],
    entries: list[dict[str, Any]],
) -> Iterable[str]:
    journal = sum(entry["delta"] for entry in entries)
    if journal != account["balance"]:
        yield f"the journal says {journal}, the account {account['balance']}"
    named = [entry["redemption_id"] for entry in entries if entry["kind"] in _TAKES]
    if len(named) > len(set(named)):
        yield f"{len(named) - len(set(named))} redemptions were debited twice"
    if silent := set(named) - granted:
        yield f"{len(silent)} redemptions were debited and no till was told"
    if lost := granted - set(named):
        yield f"{len(lost)} redemptions were granted and are not in the history"
    for answers in told.values():
        outcomes = {(a.is_success, a.body.get("redemption_id", a.words)) for a in answers}
        if len(outcomes) > 1:
            yield f"one key was decided {len(outcomes)} times: {sorted(map(str, outcomes))}"
    undecided = sum(not answer.is_decided for answers in told.values() for answer in answers)
    if undecided:
        yield f"{undecided} requests were never decided"
    odd = {a.words for answers in told.values() for a in answers if _is_odd(a)}
    if odd:
        yield f"unexpected refusals: {', '.join(sorted(odd))}"
    left = account["available"]
    if not undecided and left and len(granted) * COST < given:
        yield f"{left} points were left, though tills were refused"


def _is_odd(answer: Answer) -> bool:
    return answer.is_decided and not answer.is_success and answer.status != 409
