"""One seed: a world, what happens in it until nothing is left to do, and whether it adds up."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any, TypeVar

from tests.simulation.discount_tills import DiscountTill
from tests.simulation.scheduler import Livelock
from tests.simulation.tills import BackOffice, Till
from tests.simulation.violation import Violation, require
from tests.simulation.world import HOLD_TTL_S, DiscountSale, Sale, World
from tillbridge.domain.ledger.writes import Key

AnyWorld = TypeVar("AnyWorld", bound=World)

MAX_STEPS = 60_000
_DAY_S = 86_400.0


@dataclass(frozen=True)
class Run:
    """`violation` says what is broken, None when nothing is. `by_capability` counts redemptions in
    merchants' own systems as `upstream_world.tally` does."""

    seed: int
    operations: int
    calls: int
    violation: str | None
    sales: int
    by_capability: Mapping[str, Sequence[int]] = field(default_factory=dict)


def simulate(seed: int, log: Callable[[str], None] | None = None) -> Run:
    world = World(seed, log=log)
    violation = violation_in(world, _live, _come_to_rest, _add_up)
    return Run(seed, world.operations, world.store.calls, violation, len(world.sales))


def violation_in(world: AnyWorld, *phases: Callable[[AnyWorld], None]) -> str | None:
    """What goes wrong in a world's phases, one after the other."""
    try:
        for phase in phases:
            phase(world)
    except Violation as error:
        return str(error)
    except Livelock:
        return f"after {MAX_STEPS} steps something still goes on"
    return None


def _live(world: World) -> None:
    rng, spawn = world.rng, world.scheduler.spawn
    span_s = rng.choice((5.0, 60.0, 600.0))
    for customer in world.customers:
        for _ in range(rng.randint(1, 3)):
            spawn(BackOffice(world, customer).order)
        for _ in range(rng.randint(0, 2)):
            spawn(BackOffice(world, customer).order, rng.random() * span_s)
        for _ in range(rng.randint(0, 2)):
            spawn(BackOffice(world, customer).adjust, rng.random() * span_s)
    for number in range(rng.randint(2, 6)):
        _begin_discounts(world, f"basket-{number}", rng.random() * span_s)
    for number in range(rng.randint(2, 6)):
        sale = Sale(rng.choice(world.customers), f"sale-{number}")
        world.sales.append(sale)
        contest = rng.choice((None, None, None, Till.sell, Till.cancel))
        begins_s = rng.random() * span_s
        spawn(Till(world, sale, alone=contest is None).sell, begins_s)
        if contest is not None:
            other = Till(world, sale, alone=False)
            spawn(partial(contest, other), begins_s)
    for _ in range(rng.randint(0, 4)):
        spawn(world.sweep, rng.random() * span_s * 3)
    for _ in range(rng.choice((0, 0, 1, 2))):
        jump_s = rng.choice((HOLD_TTL_S, _DAY_S, 25 * _DAY_S))
        spawn(partial(jump, world, jump_s), rng.random() * span_s * 2)
    world.scheduler.run(MAX_STEPS)


def _begin_discounts(world: World, ref: str, begins_s: float) -> None:
    """A sale with discounts, now and then with another till in it."""
    sale = DiscountSale(world.rng.choice(world.customers), ref)
    world.discount_sales.append(sale)
    contest = world.rng.choice((None, None, None, DiscountTill.sell, DiscountTill.cancel))
    world.scheduler.spawn(DiscountTill(world, sale, alone=contest is None).sell, begins_s)
    if contest is not None:
        world.scheduler.spawn(partial(contest, DiscountTill(world, sale, alone=False)), begins_s)


def jump(world: World, seconds: float) -> None:
    world.log(f"{seconds:.0f} s pass")
    world.pass_time(seconds)
    world.sweep()


def _come_to_rest(world: World) -> None:
    """No more faults; what was sent before arrives again; all holds end."""
    world.weather.rate = 0.0
    world.repeat()
    world.scheduler.run(MAX_STEPS)
    world.scheduler.now_s += HOLD_TTL_S + 60
    world.scheduler.spawn(world.sweep)
    world.scheduler.run(MAX_STEPS)
    world.repeat()
    world.scheduler.run(MAX_STEPS)


def _add_up(world: World) -> None:
    redemptions = world.table.of_kind("R").values()
    held = [item for item in redemptions if item["state"] == "held"]
    require(not held, f"I7: still held: {held}")
    for sale in world.sales:
        net = _net_points(world, sale)
        given = sale.discount
        require(net == given, f"I8: {sale.ref}: {net} points for a discount of {given}")
    applications = world.table.of_kind("D")
    held = [item for item in applications.values() if item["state"] == "held"]
    require(not held, f"I7: still held: {held}")
    for basket in world.discount_sales:
        captured = _captured_of(applications, basket)
        require(captured == basket.given, f"I8: {basket.ref}: {captured}, given {basket.given}")
    for customer in world.customers:
        account, expired = world.account_of(customer)
        spent = sum(sale.discount for sale in world.sales if sale.customer is customer)
        spent += sum(
            sum(sale.points.get(application, 0) for application in sale.given)
            for sale in world.discount_sales
            if sale.customer is customer
        )
        expected = customer.expected - spent + expired
        require(
            account.balance == expected,
            f"{customer.name} of {customer.tenant}: balance {account.balance}, not {expected}",
        )


def _captured_of(applications: Mapping[Key, dict[str, Any]], sale: DiscountSale) -> set[str]:
    """The applications that count for a sale."""
    start = f"T#{sale.customer.tenant}#D#"
    return {
        key.pk.removeprefix(start)
        for key, item in applications.items()
        if key.pk.startswith(start) and item["state"] == "captured" and item["sale_ref"] == sale.ref
    }


def _net_points(world: World, sale: Sale) -> int:
    return sum(
        item["refundable"]
        for key, item in world.table.of_kind("R").items()
        if key.pk.startswith(f"T#{sale.customer.tenant}#")
        and item["state"] == "captured"
        and item["sale_ref"] == sale.ref
    )
