"""Shopify's types for a customer's screen, and a customer as the document these types describe."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from local.demo_crm.people import (
    BEYOND_DOUBLE,
    BIG_ID_NUMBER,
    NO_ADDRESS,
    Person,
    Purchase,
    major_text,
    purchases,
)


@dataclass(frozen=True, slots=True)
class Field:
    """`type` names an object type or a scalar; `arguments` are the types of what it accepts."""

    type: str
    arguments: Mapping[str, str] = field(default_factory=dict)


_PAGE: Final = {"first": "Int", "last": "Int", "after": "String", "before": "String"}
_SEARCH: Final = {**_PAGE, "query": "String", "sortKey": "CustomerSortKeys", "reverse": "Boolean"}
CONNECTIONS: Final = frozenset(
    {"CustomerConnection", "StoreCreditAccountConnection", "OrderConnection"}
)


def _fields(**types: str) -> dict[str, Field]:
    return {name: Field(type_) for name, type_ in types.items()}


SCHEMA: Final[Mapping[str, Mapping[str, Field]]] = {
    "QueryRoot": {
        "customers": Field("CustomerConnection", _SEARCH),
        "customer": Field("Customer", {"id": "ID"}),
    },
    "CustomerConnection": _fields(nodes="Customer", edges="CustomerEdge", pageInfo="PageInfo"),
    "CustomerEdge": _fields(node="Customer", cursor="String"),
    "PageInfo": _fields(
        hasNextPage="Boolean", hasPreviousPage="Boolean", startCursor="String", endCursor="String"
    ),
    "Customer": {
        **_fields(
            id="ID", legacyResourceId="UnsignedInt64", displayName="String", firstName="String",
            lastName="String", email="String", phone="String", note="String", tags="String",
            defaultEmailAddress="CustomerEmailAddress", defaultPhoneNumber="CustomerPhoneNumber",
            defaultAddress="MailingAddress", numberOfOrders="UnsignedInt64", amountSpent="MoneyV2",
            createdAt="DateTime", updatedAt="DateTime",
        ),
        "orders": Field(
            "OrderConnection",
            _PAGE | {"query": "String", "sortKey": "OrderSortKeys", "reverse": "Boolean"},
        ),
        "storeCreditAccounts": Field("StoreCreditAccountConnection", _PAGE | {"query": "String"}),
    },
    "CustomerEmailAddress": _fields(emailAddress="String"),
    "CustomerPhoneNumber": _fields(phoneNumber="String"),
    "MailingAddress": _fields(
        address1="String", address2="String", city="String", zip="String", country="String",
        countryCodeV2="CountryCode", company="String", name="String", phone="String",
    ),
    "MoneyV2": _fields(amount="Decimal", currencyCode="CurrencyCode"),
    "OrderConnection": _fields(nodes="Order", edges="OrderEdge", pageInfo="PageInfo"),
    "OrderEdge": _fields(node="Order", cursor="String"),
    "Order": _fields(
        id="ID", legacyResourceId="UnsignedInt64", name="String", createdAt="DateTime",
        currentTotalPriceSet="MoneyBag", subtotalLineItemsQuantity="Int",
    ),
    "MoneyBag": _fields(shopMoney="MoneyV2", presentmentMoney="MoneyV2"),
    "StoreCreditAccountConnection": _fields(
        nodes="StoreCreditAccount", edges="StoreCreditAccountEdge", pageInfo="PageInfo"
    ),
    "StoreCreditAccountEdge": _fields(node="StoreCreditAccount", cursor="String"),
    "StoreCreditAccount": _fields(id="ID", balance="MoneyV2"),
}  # fmt: skip


def customer_id(person: Person) -> int:
    return BEYOND_DOUBLE if person.number == BIG_ID_NUMBER else 7_200_000_000_000 + person.number


def customer(person: Person) -> dict[str, Any]:
    email, phone = person.email, person.phone
    return {
        "id": f"gid://shopify/Customer/{customer_id(person)}",
        "legacyResourceId": str(customer_id(person)),
        "displayName": person.name or email or phone,
        "firstName": person.first_name,
        "lastName": person.last_name,
        "email": email,
        "phone": phone,
        "note": person.note,
        "tags": [person.tier] if person.tier else [],
        "defaultEmailAddress": email and {"emailAddress": email},
        "defaultPhoneNumber": phone and {"phoneNumber": phone},
        "defaultAddress": _address(person),
        "numberOfOrders": str(person.order_count),
        "amountSpent": _money(person.spent_minor, person.currency),
        "createdAt": person.created_at.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "updatedAt": person.updated_at.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "orders": [_order(purchase, person.currency) for purchase in purchases(person)[::-1]],
        "storeCreditAccounts": [
            {
                "id": f"gid://shopify/StoreCreditAccount/{10 * person.number + index}",
                "balance": _money(amount, currency),
            }
            for index, (currency, amount) in enumerate(person.balances_minor.items())
        ],
    }


def searchable(person: Person) -> dict[str, str | None]:
    address = person.address
    place = (address.street, address.postal_code, address.city)
    return {
        "id": str(customer_id(person)),
        "first_name": person.first_name,
        "last_name": person.last_name,
        "email": person.email,
        "phone": person.phone,
        "address": " ".join(filter(None, place)),
        "country": address.country,
        "tag": person.tier,
        "orders_count": str(person.order_count),
        "total_spent": major_text(person.spent_minor, person.currency),
    }


def _order(purchase: Purchase, currency: str) -> dict[str, Any]:
    number = 5_100_000_000_000 + purchase.number
    total = _money(purchase.amount_minor, currency)
    return {
        "id": f"gid://shopify/Order/{number}",
        "legacyResourceId": str(number),
        "name": f"#{purchase.number}",
        "createdAt": purchase.at.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "currentTotalPriceSet": {"shopMoney": total, "presentmentMoney": total},
        "subtotalLineItemsQuantity": purchase.item_count,
    }


def _address(person: Person) -> dict[str, Any] | None:
    address = person.address
    if address == NO_ADDRESS:
        return None
    return {
        "address1": address.street,
        "address2": address.street2,
        "city": address.city,
        "zip": address.postal_code,
        "country": address.country,
        "countryCodeV2": address.country_code,
        "company": person.company,
        "name": person.name,
        "phone": person.phone,
    }


def _money(amount_minor: int, currency: str) -> dict[str, str]:
    return {"amount": major_text(amount_minor, currency), "currencyCode": currency}
