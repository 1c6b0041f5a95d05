"""One seed of merchants whose own systems keep the points: as `run`, and whether those systems say
in the end what their tills were told."""

from collections.abc import Callable
from functools import partial
from typing import Any

from tests.simulation.run import MAX_STEPS, Run, jump, violation_in
from tests.simulation.upstream_tills import UpstreamBackOffice, UpstreamTill
from tests.simulation.upstream_world import UpstreamWorld, tally
from tests.simulation.violation import require
from tests.simulation.world import HOLD_TTL_S, Sale
from tests.support.upstream_loyalty import RESERVATION_TTL_S
from tillbridge.domain.ledger.writes import Key

_DAY_S = 86_400.0
# The resolver's minute, and how far a clock may be behind.
_BETWEEN_LOOKS_S = 60.0
_SKEW_S = 6.0
_MOST_LOOKS = 100
# What may still be sent more than once where the same reference is done as often as it comes.
_HARMLESS = "cancel"


def simulate_upstream(
    seed: int, log: Callable[[str], None] | None = None, capability: str | None = None
) -> Run:
    world = UpstreamWorld(seed, capability=capability, log=log)
    violation = violation_in(world, _live, _come_to_rest, _add_up)
    calls = world.store.calls + sum(
        count for system in world.systems.values() for count in system.received.values()
    )
    return Run(seed, world.operations, calls, violation, len(world.sales), tally(world))


def _live(world: UpstreamWorld) -> None:
    rng, spawn = world.rng, world.scheduler.spawn
    span_s = rng.choice((5.0, 60.0, 600.0))
    for customer in world.customers:
        for _ in range(rng.randint(0, 2)):
            spawn(UpstreamBackOffice(world, customer).order, rng.random() * span_s + 0.01)
    for number in range(rng.randint(3, 9)):
        sale = Sale(rng.choice(world.customers), f"sale-{number}")
        world.sales.append(sale)
        contest = rng.choice((None, None, None, UpstreamTill.sell, UpstreamTill.cancel))
        begins_s = rng.random() * span_s + 0.01
        spawn(UpstreamTill(world, sale, alone=contest is None).sell, begins_s)
        if contest is not None:
            spawn(partial(contest, UpstreamTill(world, sale, alone=False)), begins_s)
    for _ in range(rng.randint(1, 6)):
        spawn(world.sweep, rng.random() * span_s * 3 + 0.01)
    for _ in range(rng.randint(0, 4)):
        # While somebody is offline for longer than a hold.
        spawn(world.sweep, rng.random() * HOLD_TTL_S * 3)
    for _ in range(rng.choice((0, 0, 1, 2))):
        jump_s = rng.choice((HOLD_TTL_S, 2 * HOLD_TTL_S, _DAY_S))
        spawn(partial(jump, world, jump_s), rng.random() * span_s * 2 + 0.01)
    world.scheduler.run(MAX_STEPS)


def _come_to_rest(world: UpstreamWorld) -> None:
    """No more faults; what was sent before arrives again; everything becomes known, looked at again
    and again whenever that is due."""
    world.weather.rate = 0.0
    for _ in range(2):
        world.repeat()
        world.scheduler.run(MAX_STEPS)
        _pass_the_time(world)


def _pass_the_time(world: UpstreamWorld) -> None:
    for _ in range(_MOST_LOOKS):
        world.scheduler.now_s += _BETWEEN_LOOKS_S
        due_s = world.table.next_due_s()
        if due_s is None:
            break
        # Whoever looks may have a clock that is behind.
        world.scheduler.now_s = max(world.scheduler.now_s, due_s + _SKEW_S)
        world.scheduler.spawn(world.sweep)
        world.scheduler.run(MAX_STEPS)
    # What was reserved after all lapses.
    world.scheduler.now_s += RESERVATION_TTL_S


def _add_up(world: UpstreamWorld) -> None:
    for key, item in world.table.of_kind("R").items():
        _, tenant, _, rid = key.pk.split("#")
        require(item["state"] != "held", f"I7: still held: {item}")
        _check_system(world, tenant, rid, item)
    for tenant, system in world.systems.items():
        require(not system.repeated, f"done twice: {system.repeated}")
        require(not system.changed, f"sent again with something else: {system.changed}")
        if tenant not in world.broke_promise:
            below = [rid for rid in world.overdrawn[tenant] if _stands(world, tenant, rid)]
            require(not below, f"T13: spent below zero: {below}")
        if system.honours_keys:
            continue
        often = {r: n for r, n in system.received.items() if n > 1 and _HARMLESS not in r}
        require(not often, f"I11: sent again: {often}")
    for sale in world.sales:
        net = _net_points(world, sale)
        require(net == sale.discount, f"I8: {sale.ref}: {net} points for {sale.discount} given")


def _stands(world: UpstreamWorld, tenant: str, reference: str) -> bool:
    """Whether a call is the first of a redemption that was not undone, of a customer who has kept
    all that was earned: a return of goods takes points back that may be on their way out."""
    item = world.table.items.get(Key(f"T#{tenant}#R#{reference}", "R"))
    if item is None or item["state"] != "captured":
        return False
    of_customer = (
        each for each in world.table.of_kind("R").values() if each.get("account") == item["account"]
    )
    return not any("order_ref" in other and other.get("returns") for other in of_customer)


def _check_system(world: UpstreamWorld, tenant: str, rid: str, item: dict[str, Any]) -> None:
    """I10: what the system has done is what the redemption's state says."""
    is_accrual = "order_ref" in item
    net = world.systems[tenant].net(rid)
    asked = item["points"] if is_accrual else -item["points"]
    if any(leg["state"] == "manual" for leg in item.get("legs", [])):
        require(min(0, asked) <= net <= max(0, asked), f"double: {net} for {item}")
        return
    open_legs = [leg for leg in item.get("legs", []) if leg["state"] not in ("done", "refused")]
    require(not open_legs, f"I7: not settled: {item}")
    require(item["state"] != "unknown", f"I7: still unknown: {item}")
    kept = item["refundable"] if item["state"] == "captured" else 0
    require(net == (kept if is_accrual else -kept), f"I10: {net} for {item}")


def _net_points(world: UpstreamWorld, sale: Sale) -> int:
    return sum(
        item["refundable"]
        for key, item in world.table.of_kind("R").items()
        if key.pk.startswith(f"T#{sale.customer.tenant}#")
        and item["state"] == "captured"
        and item.get("sale_ref") == sale.ref
    )
