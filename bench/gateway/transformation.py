"""Mapping 50 of a system's records to customers, and nothing else: what a record's `response` does
with a parsed answer, and the same by hand. Run as a program, counts both."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from bench import instructions
from bench.gateway import jobs, slow_motion
from local.template import ROOT
from tillbridge.domain.expression import Expression, evaluation_bounds
from tillbridge.domain.expression.engine import compile_by_engine
from tillbridge.domain.integration_record import ResponseSpec
from tillbridge.domain.mapping import ResponseMapping

PLAIN, JOINED = "plain paths", "tier 1"
BY_ENGINE, WITH_CONDITIONS = "tier 1, all by jsonata-python", "a record with conditions"
# How often each is counted.
TIMES = {PLAIN: 20, JOINED: 20, BY_ENGINE: 1, WITH_CONDITIONS: 1}
_RECORDS = 50
_INPUTS = {"search_term": "jane", "currency_code": "EUR"}
_HUBSPOT = ROOT / "tests" / "tenants" / "lumen-living" / "integrations" / "customer_lookup.json"
_Customers = list[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Case:
    """A record's mapping, and the loop that gives the same."""

    mapping: ResponseMapping
    by_hand: Callable[[Any], _Customers]
    document: Any

    def mapped(self) -> list[Any]:
        with evaluation_bounds(time_limit_s=60):
            return self.mapping.apply(self.document, _INPUTS, dict).first


def _cases() -> dict[str, Case]:
    hubspot = json.loads(_HUBSPOT.read_text())["response"]
    joined = hubspot["fields"] | {
        "additional_info": "properties.loyalty_tier & ', ' & properties.loyalty_points & ' points'",
        "balance": {"identifier": "id", "balance": "properties.account_balance_eur"},
    }
    plain = _compiled("data.results", jobs.FIELDS)
    tier_1 = _compiled("results", joined)
    demo = _compiled("results", hubspot["fields"])
    people, contacts = jobs.contacts(_RECORDS), _contacts()
    return {
        PLAIN: Case(plain, _customers, people),
        JOINED: Case(tier_1, _contacts_by_hand, contacts),
        BY_ENGINE: Case(_all_by_engine(tier_1), _contacts_by_hand, contacts),
        WITH_CONDITIONS: Case(demo, _contacts_in_title_case, contacts),
    }


def counted_calls() -> dict[str, tuple[Callable[[], object], int]]:
    """Both of each case, by its name. Raises AssertionError where they do not give the same."""
    calls: dict[str, tuple[Callable[[], object], int]] = {}
    for name, case in _cases().items():
        assert case.mapped() == case.by_hand(case.document), name
        calls[name] = case.mapped, TIMES[name]
        calls[f"{name} by hand"] = partial(case.by_hand, case.document), TIMES[name]
    return calls


def _compiled(items: str, fields: dict[str, Any]) -> ResponseMapping:
    return ResponseMapping.compile(ResponseSpec(items=items, fields=fields))


def _all_by_engine(mapping: ResponseMapping) -> ResponseMapping:
    def compiled(node: Any) -> Any:
        if isinstance(node, Mapping):
            return {name: compiled(member) for name, member in node.items()}
        return Expression(node.source, compile_by_engine(node.source))

    return ResponseMapping(compiled(mapping.items), compiled(mapping.fields))


def _customers(answer: Any) -> _Customers:
    return [
        {
            "identifier": one["id"],
            "name": one["full_name"],
            "street": one["address"]["street"],
            "city": one["address"]["city"],
            "postal_code": one["address"]["zip"],
            "country_code": one["address"]["country"],
            "phone": one["phone"],
            "email": one["email"],
            "balance": {"identifier": one["account"]["no"], "balance": one["account"]["amount"]},
        }
        for one in answer["data"]["results"]
    ]


def _contacts_by_hand(answer: Any) -> _Customers:
    return [
        _contact(one, f"{one['properties']['loyalty_tier']}, {one['properties']['loyalty_points']}")
        for one in answer["results"]
    ]


def _contacts_in_title_case(answer: Any) -> _Customers:
    return [
        _contact(
            one,
            f"{one['properties']['loyalty_tier'].capitalize()}, "
            f"{one['properties']['loyalty_points']}",
        )
        for one in answer["results"]
    ]


def _contact(one: Any, loyalty: str) -> dict[str, Any]:
    known = one["properties"]
    return {
        "identifier": one["id"],
        "name": f"{known['firstname']} {known['lastname']}",
        "street": known["address"],
        "city": known["city"],
        "postal_code": known["zip"],
        "country": known["country"],
        "phone": known["phone"],
        "email": known["email"],
        "country_code": known["hs_country_region_code"],
        "additional_info": f"{loyalty} points",
        "balance": {"identifier": one["id"], "balance": known["account_balance_eur"]},
    }


def _contacts() -> dict[str, Any]:
    """What HubSpot answers to a search."""
    results = [
        {
            "id": str(512 + n),
            "properties": {
                "firstname": "Jane",
                "lastname": "Doe",
                "email": f"jane.{n}@example.com",
                "phone": "+49 30 1234567",
                "address": f"Torstraße {n}",
                "city": "Berlin",
                "zip": "10119",
                "country": "Germany",
                "hs_country_region_code": "DE",
                "loyalty_tier": "gold",
                "loyalty_points": "1240",
                "account_balance_eur": "16.75",
                "account_balance_dkk": "1250.50",
            },
            "createdAt": "2026-01-05T09:00:00.000Z",
            "archived": False,
        }
        for n in range(_RECORDS)
    ]
    return {"total": _RECORDS, "results": results}


if __name__ == "__main__":
    slow_motion.begin()
    instructions.count_calls(counted_calls())
