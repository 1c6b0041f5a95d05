"""The made-up customers."""

from collections import Counter

import pytest

from local.demo_crm.people import COUNT, people

SYSTEMS = ("kaching", "hubspot", "shopify", "businesscentral", "odoo")


@pytest.mark.parametrize("system", SYSTEMS)
def test_every_system_has_the_same_customers_on_every_run(system: str) -> None:
    assert people(system) == people(system)
    assert len(people(system)) == COUNT


def test_systems_have_different_customers() -> None:
    drawn = [[person.name for person in people(system)] for system in SYSTEMS]
    assert all(drawn.count(names) == 1 for names in drawn)


@pytest.mark.parametrize("system", SYSTEMS)
def test_the_customers_hold_what_breaks_integrations(system: str) -> None:
    customers = people(system)
    names = {person.name for person in customers}
    assert {"Jane Doe", "Søren Ærø", "太郎 山田", "Siobhán O'Brien", "Zoë"} <= names
    assert Counter(person.last_name for person in customers)["Jensen"] >= 20
    for missing in ("email", "phone"):
        assert sum(getattr(person, missing) is None for person in customers) >= 20
    assert len({currency for p in customers for currency in p.balances_minor}) >= 4


def test_addresses_are_ascii_where_names_are_not() -> None:
    assert all((person.email or "").isascii() for person in people("kaching"))
