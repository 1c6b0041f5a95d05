import json

from tests.support.builders import a_customer
from tillbridge.entrypoint.customers import customer_list
from tillbridge.services.look_up_customers import FoundCustomers


def test_customers_are_a_bare_list_without_what_a_system_does_not_know() -> None:
    jane = a_customer(
        name="Søren 例",
        city=None,
        balance={"balance": "12.50"},
        loyalty={"points": [5, True, " "], "share": 0.1, "since": None},
    )
    number = a_customer(identifier=42, name=False)

    answer = customer_list(FoundCustomers((jane, number)))

    assert json.loads(answer.body) == [
        {
            "identifier": "c-1",
            "name": "Søren 例",
            "balance": {"identifier": "c-1", "balance": 12.5},
            "loyalty": {"points": [5, True, None], "share": 0.1, "since": None},
        },
        {"identifier": "42"},
    ]
    assert answer.headers == {}


def test_no_customer_is_an_empty_list() -> None:
    assert json.loads(customer_list(FoundCustomers(())).body) == []


def test_headers_tell_of_customers_that_are_not_in_the_list() -> None:
    answer = customer_list(FoundCustomers((a_customer(),), truncated=True, skipped=2))

    assert answer.headers == {"Tillbridge-Truncated": "true", "Tillbridge-Skipped": "2"}
