"""What a till does, as a table of steps: each is one request and what must come of it.

    play(counter,
        earn(150).gets(201),
        redeem("k1").gets(201, state="held"),
        redeem("k1").gets(201, state="held", replayed=True),
        balance(available=50, held=100),
    )

A key like "k1" is the till's own, and stands for its redemption, or its application of discounts,
in later steps. `counter` is one shop with its customer, on the real handlers and the ledger in
memory; its clock moves by `wait`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import quote

from tests.support.gateway import Gateway, GatewayAnswer

CUSTOMER = "C-1"
_COST = 100


@dataclass
class Counter:
    """`tokens` by who sends: the till, another integration of the merchant's, another merchant's.
    `known` are the ids by key, as the till has learnt them."""

    gateway: Gateway
    tokens: Mapping[str, str]
    known: dict[str, str] = field(default_factory=dict)

    def send(self, step: "Step") -> GatewayAnswer:
        token = self.tokens[step.sender]
        headers = {"Authorization": f"{step.scheme} {token}"}
        if step.key is not None:
            headers["Idempotency-Key"] = long_key(step.key)
        return self.gateway.call(
            step.method,
            self.filled(step.path),
            token,
            query=step.query,
            body=None if step.method == "GET" else self.filled(step.body),
            headers=headers,
        )

    def filled(self, value: Any) -> Any:
        """With the ids that the till has learnt in place of `<key>`."""
        if isinstance(value, dict):
            return {name: self.filled(member) for name, member in value.items()}
        if isinstance(value, str):
            for key, redemption_id in self.known.items():
                value = value.replace(f"<{key}>", redemption_id)
        return value


@dataclass(frozen=True)
class Step:
    method: str
    path: str
    body: Mapping[str, Any] = field(default_factory=dict)
    query: Mapping[str, str] = field(default_factory=dict)
    key: str | None = None
    sender: str = "till"
    scheme: str = "Bearer"
    status: int | None = None
    says: Mapping[str, Any] = field(default_factory=dict)

    def gets(self, status: int, **says: Any) -> "Step":
        """The status that must come, and members of the answer; `replayed` is its header."""
        return replace(self, status=status, says=says)

    def lost(self) -> "Step":
        """Sent, and done for all we know, but the till never gets the answer."""
        return replace(self, status=None)

    def by(self, sender: str, scheme: str = "Bearer") -> "Step":
        return replace(self, sender=sender, scheme=scheme)

    def __call__(self, counter: Counter) -> None:
        answer = counter.send(self)
        if self.status is None:
            return
        assert answer.status == self.status, answer.text
        said = answer.json()
        told = {**said, "replayed": answer.headers.get("Idempotent-Replayed") == "true"}
        expected = {name: counter.filled(value) for name, value in self.says.items()}
        assert {name: told.get(name) for name in expected} == expected, answer.text
        for name in ("redemption_id", "application_id"):
            if self.key is not None and name in said:
                counter.known[self.key] = said[name]
        if answer.status >= 400:
            assert {"cashier_message", "safe_to_retry", "safe_new_key"} <= said.keys()


Play = Callable[[Counter], None]


def play(counter: Counter, *steps: Play) -> None:
    for number, step in enumerate(steps, start=1):
        try:
            step(counter)
        except AssertionError as error:
            raise AssertionError(f"step {number}, {step}: {error}") from None


def long_key(key: str) -> str:
    """A till's key in full, long enough that nobody guesses it."""
    return key if len(key) >= 16 else f"{key}-0123456789abcdef".replace(" ", "-")


def redeem(key: str | None, sale: str = "sale-1", **asked: Any) -> Step:
    """Hold points, or burn them with `mode="burn"`."""
    names = {"customer_id": CUSTOMER, "store_id": "shop", "sale_ref": sale}
    return Step("POST", "/v1/redemptions", {**names, "points": _COST, **asked}, key=key)


def redeem_reward(key: str, reward_id: str, **asked: Any) -> Step:
    """Hold what a reward costs: the till names no points where the customer chooses none."""
    return redeem(key, **{"points": None, "reward_id": reward_id, **asked})


def burn(key: str, sale: str = "sale-1", **asked: Any) -> Step:
    return redeem(key, sale, mode="burn", **asked)


def capture(key: str) -> Step:
    return Step("POST", f"/v1/redemptions/<{key}>/capture")


def void(key: str) -> Step:
    return Step("POST", f"/v1/redemptions/<{key}>/void")


def void_by_key(key: str) -> Step:
    return Step("POST", "/v1/redemptions/void", {"idempotency_key": long_key(key)})


def void_by_sale(sale: str = "sale-1", **asked: Any) -> Step:
    names = {"customer_id": CUSTOMER, "store_id": "shop", "sale_ref": sale}
    return Step("POST", "/v1/redemptions/void", {**names, **asked})


def refund(key: str, points: int, ref: str = "return-1") -> Step:
    body = {"points": points, "refund_ref": ref}
    return Step("POST", f"/v1/redemptions/<{key}>/refunds", body)


def find(key: str) -> Step:
    return Step("GET", f"/v1/redemptions/<{key}>")


def find_by_key(key: str) -> Step:
    return Step("GET", "/v1/redemptions", query={"idempotency_key": long_key(key)})


def find_by_sale(sale: str = "sale-1") -> Step:
    names = {"customer_id": CUSTOMER, "store_id": "shop", "sale_ref": sale}
    return Step("GET", "/v1/redemptions", query=names)


def earn(points: int, order: str = "order-1", **asked: Any) -> Step:
    body = {"points": points, "store_id": "shop", "order_ref": order, **asked}
    return Step("POST", f"/v1/customers/{quote(CUSTOMER)}/points/accruals", body)


def take_back(points: int | None, order: str = "order-1", ref: str = "return-1") -> Step:
    body = {"store_id": "shop", "order_ref": order, "return_ref": ref}
    some = {} if points is None else {"points": points}
    return Step("POST", f"/v1/customers/{quote(CUSTOMER)}/points/reversals", {**body, **some})


def adjust(key: str, points: int) -> Step:
    body = {"points": points, "reason": "goodwill", "staff_id": "staff-7"}
    return Step("POST", f"/v1/customers/{quote(CUSTOMER)}/points/adjustments", body, key=key)


def read_account(method: str = "GET", **sent: Any) -> Step:
    """Read the customer's account, as Ka-ching does: by the configured parameters."""
    path = "/v1/kaching/customer-account/read"
    return Step(method, path, query={"customer_id": CUSTOMER, "currency_code": "DKK", **sent})


def pay(amount: str, sale: str = "sale-1", method: str = "POST", **sent: Any) -> Step:
    """Pay by customer account, as Ka-ching does: by the configured parameters."""
    asked = {"customer_id": CUSTOMER, "currency_code": "DKK", "amount": amount}
    names = {"store_id": "shop", "sale_ref": sale}
    return Step(method, "/v1/kaching/customer-account/pay", query={**asked, **names, **sent})


def pay_with_body(**sent: Any) -> Step:
    """Pay by customer account with a JSON body."""
    return Step("POST", "/v1/kaching/customer-account/pay", sent)


def apply(key: str | None, sale: str = "sale-1", **asked: Any) -> Step:
    """Give a sale of one tent its discounts."""
    lines = [{"id": "1", "product_id": "tent", "unit_price_minor": 10_000, "quantity": 2}]
    basket = {"currency": "DKK", "lines": lines}
    names = {"store_id": "shop", "sale_ref": sale}
    body = {"basket": basket, "customer": {"id": CUSTOMER}, **names, **asked}
    return Step("POST", "/v1/discounts/applications", body, key=key)


def apply_with_points(key: str | None, points: int = _COST, **asked: Any) -> Step:
    return apply(key, redemption={"points": points}, **asked)


def capture_discounts(key: str) -> Step:
    return Step("POST", f"/v1/discounts/applications/<{key}>/capture")


def void_discounts(key: str) -> Step:
    return Step("POST", f"/v1/discounts/applications/<{key}>/void")


def void_discounts_by_key(key: str) -> Step:
    return Step("POST", "/v1/discounts/applications/void", {"idempotency_key": long_key(key)})


def void_discounts_by_sale(sale: str = "sale-1") -> Step:
    names = {"store_id": "shop", "sale_ref": sale}
    return Step("POST", "/v1/discounts/applications/void", names)


def give_back(key: str, quantity: int, ref: str = "return-1") -> Step:
    body = {"return_ref": ref, "lines": [{"line_id": "1", "quantity": quantity}]}
    return Step("POST", f"/v1/discounts/applications/<{key}>/returns", body)


def find_discounts(key: str) -> Step:
    return Step("GET", f"/v1/discounts/applications/<{key}>")


def find_discounts_by_sale(sale: str = "sale-1") -> Step:
    names = {"store_id": "shop", "sale_ref": sale}
    return Step("GET", "/v1/discounts/applications", query=names)


def balance(available: int, held: int = 0, debt: int = 0) -> Play:
    """What the customer has, and that the journal says the same (I2)."""

    def look(counter: Counter) -> None:
        path = f"/v1/customers/{quote(CUSTOMER)}/loyalty"
        told = counter.send(Step("GET", path, query={"limit": "100"})).json()
        account = told["account"]
        assert (account["available"], account["held"], account["debt"]) == (available, held, debt)
        assert account["balance"] == sum(entry["delta"] for entry in told["entries"])

    return look


def wait(seconds: float) -> Play:
    """Time passes, in which the sweeper runs as it does every minute."""

    def pass_by(counter: Counter) -> None:
        counter.gateway.clock.now_s += seconds
        counter.gateway.sweep()

    return pass_by


def learn(key: str, of: str) -> Play:
    """The till goes on with another redemption than its own: it knows its id from the answer."""

    def take_over(counter: Counter) -> None:
        counter.known[key] = counter.known[of]

    return take_over
