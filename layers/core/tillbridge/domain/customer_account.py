"""What a till asks of a customer's account and what it is answered, by its merchant's record: ready
to run, compiled once when the record is loaded."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Generic, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from tillbridge.domain.customer import Amount, Identifier, as_text
from tillbridge.domain.customer_account_record import (
    CustomerAccountRecord,
    PayAction,
    ReadAction,
)
from tillbridge.domain.expression import Expression, ExpressionFailed, evaluation_bounds
from tillbridge.domain.faults import (
    Fault,
    Gathering,
    RecordRefused,
    compiled_expression,
    faults_in,
    similar,
)
from tillbridge.domain.loyalty_requests import Reference
from tillbridge.domain.money import major_units, minor_units, money_text
from tillbridge.domain.placeholders import Render, names_in
from tillbridge.domain.request_body import compiled_tree
from tillbridge.errors import InvalidRequest, RecordUnusable

# A record is read by a till's request, whose deadline has to hold for what a stranger wrote.
_COMPILES_WITHIN_S = 0.5
_DOTTED_PATH = re.compile(r"[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*")
# Stands for whatever a till says: a text, from which a number can be made.
_SAID = "1"

_OF_READING = frozenset(
    {"balance", "balance_minor", "points", "currency_code", "customer_id", "message"}
)
_OF_PAYING = _OF_READING | {
    *("paid", "paid_minor", "paid_points", "store_id", "sale_ref", "redemption_id"),
}

_TillReference = Annotated[Reference, BeforeValidator(as_text)]


class AccountQuery(BaseModel):
    """Whose balance, and in which currency: the merchant's own, when left out."""

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)

    customer_id: Identifier
    currency_code: Annotated[str, Field(pattern="^[A-Z]{3}$")] | None = None


class AccountPayment(AccountQuery):
    """How much of it is paid, in major units, for which sale."""

    amount: Annotated[Amount, Field(gt=0)]
    store_id: _TillReference
    sale_ref: _TillReference
    staff_id: _TillReference | None = None

    def amount_minor(self, currency_code: str) -> int:
        """Raises `InvalidRequest`."""
        try:
            return minor_units(self.amount, currency_code)
        except ValueError as error:
            raise InvalidRequest(f"amount: {error}", field="amount") from None


@dataclass(frozen=True, slots=True)
class Worth:
    """What a customer's points are worth in a currency."""

    points: int
    balance_minor: int
    currency_code: str
    enrolled: bool = True

    def facts(self, query: AccountQuery) -> dict[str, Any]:
        """What an answer to reading may hold."""
        worth = money_text(self.balance_minor, self.currency_code)
        message = f"{self.points} points are worth {worth}"
        return {
            "balance": _number(self.balance_minor, self.currency_code),
            "balance_minor": self.balance_minor,
            "points": self.points,
            "currency_code": self.currency_code,
            "customer_id": query.customer_id,
            "message": message if self.enrolled else "This customer does not collect points yet",
        }

    def facts_of_payment(
        self, payment: AccountPayment, paid_points: int, redemption_id: str
    ) -> dict[str, Any]:
        """What an answer to paying may hold; the worth is what is left after it."""
        paid_minor = payment.amount_minor(self.currency_code)
        paid = money_text(paid_minor, self.currency_code)
        left = money_text(self.balance_minor, self.currency_code)
        return {
            **self.facts(payment),
            "paid": _number(paid_minor, self.currency_code),
            "paid_minor": paid_minor,
            "paid_points": paid_points,
            "store_id": payment.store_id,
            "sale_ref": payment.sale_ref,
            "redemption_id": redemption_id,
            "message": f"{paid} paid with {paid_points} points, {left} are left",
        }


Asked = TypeVar("Asked", bound=AccountQuery)


@dataclass(frozen=True, slots=True)
class Action(Generic[Asked]):
    """One thing that the till does: how it asks, and how it is answered."""

    shape: type[Asked]
    request: Mapping[str, Expression]
    render: Render

    def asked(self, sent: Mapping[str, Any]) -> Asked:
        """What the till asks by what it sent. Raises `InvalidRequest`, `RecordUnusable`."""
        try:
            with evaluation_bounds():
                found = {name: source.evaluate(sent) for name, source in self.request.items()}
        except ExpressionFailed as failed:
            raise RecordUnusable(f"the record's expressions failed: {failed}") from failed
        try:
            # A parameter that has nothing to say is sent empty.
            return self.shape.model_validate(
                {name: value for name, value in found.items() if value not in (None, "")}
            )
        except ValidationError as error:
            fault = faults_in(error)[0]
            raise InvalidRequest(f"{fault.path}: {fault.message}", field=fault.path) from None

    def answer(self, facts: Mapping[str, Any]) -> Any:
        """Raises `RecordUnusable`."""
        try:
            with evaluation_bounds():
                return self.render(facts)
        except ExpressionFailed as failed:
            raise RecordUnusable(f"the answer's expressions failed: {failed}") from failed


@dataclass(frozen=True, slots=True)
class CustomerAccount:
    """A `CUSTOMER_ACCOUNT` record. `pay` is None where the till may only read."""

    record: CustomerAccountRecord
    read: Action[AccountQuery]
    pay: Action[AccountPayment] | None

    @classmethod
    def load(cls, stored: Mapping[str, Any]) -> "CustomerAccount":
        """Raises `RecordUnusable`, which says where the record is wrong but not what it holds."""
        try:
            return cls.compile(stored)
        except RecordRefused as refused:
            raise RecordUnusable(str(refused)) from refused

    @classmethod
    def compile(cls, stored: Mapping[str, Any]) -> "CustomerAccount":
        """Raises `RecordRefused` with every fault."""
        try:
            record = CustomerAccountRecord.model_validate(stored)
            with evaluation_bounds(time_limit_s=_COMPILES_WITHIN_S):
                return cls._compiled(record)
        except ValidationError as error:
            raise RecordRefused(*faults_in(error, stored)) from None
        except ExpressionFailed as failed:
            fault = Fault("", f"The record's expressions take too long: {failed}")
            raise RecordRefused(fault) from failed

    @classmethod
    def _compiled(cls, record: CustomerAccountRecord) -> "CustomerAccount":
        gathering = Gathering()
        read = gathering.part(_action, AccountQuery, record.read, "read", _OF_READING)
        pay = None
        if record.pay is not None:
            pay = gathering.part(_action, AccountPayment, record.pay, "pay", _OF_PAYING)
            if pay is not None:
                gathering.part(_check_reference, pay)
        gathering.finish()
        return cls(record, read, pay)


def _action(
    shape: type[Asked], spec: ReadAction | PayAction, path: str, known: frozenset[str]
) -> Action[Asked]:
    gathering = Gathering()
    request = {
        name: gathering.part(compiled_expression, source, f"{path}.request.{name}")
        for name, source in spec.request.model_dump().items()
    }
    gathering.part(_check_names, spec.answer, f"{path}.answer", known)
    render = gathering.part(compiled_tree, spec.answer, f"{path}.answer")
    gathering.finish()
    return Action(shape, request, render)


def _check_names(node: Any, path: str, known: frozenset[str]) -> None:
    """Raises `RecordRefused` for placeholders that nothing will ever fill."""
    gathering = Gathering()
    if isinstance(node, str):
        for name, position in names_in(node):
            if name not in known:
                message = f"An answer has no {name}"
                raise RecordRefused(Fault(path, message, position, similar(name, known)))
    elif isinstance(node, dict | list) and not (isinstance(node, dict) and "expression" in node):
        for step, child in node.items() if isinstance(node, dict) else enumerate(node):
            gathering.part(_check_names, child, f"{path}.{step}", known)
    gathering.finish()


def _check_reference(pay: Action[AccountPayment]) -> None:
    """Raises `RecordRefused` for a reference that is not the sale's own: it would be the same for
    several sales, or another one for every try."""
    reference = pay.request["sale_ref"]
    if any(_says(reference, sent) for sent in ({}, _all_but_the_sale(pay))):
        raise RecordRefused(
            Fault(
                "pay.request.sale_ref",
                "It says something where the till has not said which sale it is",
                hint="Name the member that holds the sale's own reference; where several make it, "
                "write `sale ? shop & '-' & sale`.",
            )
        )


def _says(source: Expression, sent: Mapping[str, Any]) -> bool:
    try:
        return source.evaluate(sent) is not None
    except ExpressionFailed:
        return False


def _all_but_the_sale(pay: Action[AccountPayment]) -> dict[str, Any]:
    """What a till may send that says everything else: under our names, and where the record looks
    for it."""
    names = pay.request.keys() - {"sale_ref"}
    sent: dict[str, Any] = dict.fromkeys(names, _SAID)
    for source in sorted(pay.request[name].source.strip() for name in names):
        if _DOTTED_PATH.fullmatch(source):
            _put(sent, *source.split("."))
    return sent


def _put(sent: dict[str, Any], *steps: str) -> None:
    node = sent
    for step in steps[:-1]:
        if not isinstance(node.get(step), dict):
            node[step] = {}
        node = node[step]
    node.setdefault(steps[-1], _SAID)


def _number(amount_minor: int, currency_code: str) -> float:
    """An amount as it stands in JSON: its digits come back whole."""
    return float(major_units(amount_minor, currency_code))
