"""A loyalty programme with Square's manners: a reward is issued, which locks its points, and then
redeemed for good or deleted. `idempotency_key` stands in the body, and is honoured; errors are a
list of codes.

`POST /v2/loyalty/rewards`, `POST …/rewards/{id}/redeem`, `DELETE …/rewards/{id}`,
`POST /v2/loyalty/accounts/{id}/adjust`, `GET …/accounts/{id}`; `Authorization: Bearer <token>`.
What Square does not have: a reward that says `expires_at` lets its points go by itself.
"""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from local.demo_crm.credentials import SQUARE_TOKEN
from local.demo_crm.loyalty import (
    Accounts,
    Answers,
    KeyReused,
    NotEnrolled,
    TooFewPoints,
    manner_of,
)
from local.demo_crm.system import Item, System


@dataclass(slots=True)
class Reward:
    """`status` is ISSUED, REDEEMED or DELETED."""

    reward_id: str
    account: str
    points: int
    expires_at_s: float
    status: str = "ISSUED"

    def shown(self) -> dict[str, Any]:
        return {
            "id": self.reward_id,
            "status": self.status,
            "loyalty_account_id": self.account,
            "points": self.points,
        }


@dataclass(slots=True)
class _Programme:
    clock: Callable[[], float]
    accounts: Accounts = field(default_factory=Accounts)
    answers: Answers = field(default_factory=Answers)
    rewards: dict[str, Reward] = field(default_factory=dict)

    def answer(
        self, method: str, steps: list[str], body: dict[str, Any], manner: str | None
    ) -> Any:
        self._lapse()
        match method, steps:
            case "GET", ["accounts", account]:
                return {"loyalty_account": self._account(account)}
            case "DELETE", ["rewards", reward_id]:
                self._let_go(self._known(reward_id, "ISSUED", "DELETED"))
                return {}
            case "POST", _:
                key, asked = body["idempotency_key"], (steps, body)
                return self.answers.once(
                    key, asked, manner, lambda: self._done(steps, body, key, manner)
                )
        raise LookupError

    def _done(self, steps: list[str], body: dict[str, Any], key: str, manner: str | None) -> Any:
        match steps:
            case ["accounts", account, "adjust"]:
                points = body["adjust_points"]["points"]
                booking = self.accounts.book(account, points, key, manner)
                return {"event": {"id": f"event-{booking.number}", "type": "ADJUST_POINTS"}}
            case ["rewards"]:
                return {"reward": self._issued(body["reward"], key, manner).shown()}
            case ["rewards", reward_id, "redeem"]:
                reward = self._known(reward_id, "ISSUED", "REDEEMED")
                reward.status = "REDEEMED"
                return {"event": {"id": f"event-{reward_id}", "type": "REDEEM_REWARD"}}
        raise LookupError

    def _account(self, account: str) -> dict[str, Any]:
        return {"id": account, "balance": self.accounts.balance(account)}

    def _issued(self, asked: dict[str, Any], key: str, manner: str | None) -> Reward:
        points, account = int(asked["points"]), str(asked["loyalty_account_id"])
        booking = self.accounts.book(account, -points, key, manner)
        expires_at_s = datetime.fromisoformat(asked["expires_at"]).timestamp()
        reward = Reward(f"reward-{booking.number}", account, points, expires_at_s)
        self.rewards[reward.reward_id] = reward
        return reward

    def _known(self, reward_id: str, *statuses: str) -> Reward:
        reward = self.rewards.get(reward_id)
        if reward is None or reward.status not in statuses:
            raise LookupError
        return reward

    def _let_go(self, reward: Reward) -> None:
        if reward.status == "ISSUED":
            reward.status = "DELETED"
            self.accounts.book(reward.account, reward.points, f"{reward.reward_id}-back", None)

    def _lapse(self) -> None:
        for reward in self.rewards.values():
            if reward.expires_at_s <= self.clock():
                self._let_go(reward)


def system(clock: Callable[[], float] = time.time) -> System:
    programme = _Programme(clock)

    async def answer(request: Request) -> Response:
        if request.headers.get("authorization") != f"Bearer {SQUARE_TOKEN}":
            return _unauthorized()
        steps = str(request.path_params["rest"]).split("/")
        body = await request.json() if request.method == "POST" else {}
        try:
            return JSONResponse(programme.answer(request.method, steps, body, manner_of(request)))
        except NotEnrolled:
            return _errors(404, "INVALID_REQUEST_ERROR", "NOT_FOUND")
        except TooFewPoints:
            return _errors(400, "INVALID_REQUEST_ERROR", "INSUFFICIENT_POINTS")
        except KeyReused:
            return _errors(400, "INVALID_REQUEST_ERROR", "IDEMPOTENCY_KEY_REUSED")
        except (KeyError, TypeError, ValueError):
            return _errors(400, "INVALID_REQUEST_ERROR", "BAD_REQUEST")
        except LookupError:
            return _errors(404, "INVALID_REQUEST_ERROR", "REWARD_NOT_FOUND")

    return System(
        name="square",
        method="GET, POST, DELETE",
        path="/square/v2/loyalty/{rest:path}",
        answer=answer,
        unauthorized=_unauthorized,
        throttled=lambda: _errors(429, "RATE_LIMIT_ERROR", "RATE_LIMITED"),
        failed=lambda: _errors(500, "API_ERROR", "INTERNAL_SERVER_ERROR"),
        items=_items,
        strip_id=lambda item: item.pop("id"),
        accounts=programme.accounts,
    )


def _items(document: Any) -> Iterator[Item]:
    yield from document.values()


def _unauthorized() -> Response:
    return _errors(401, "AUTHENTICATION_ERROR", "UNAUTHORIZED")


def _errors(status: int, category: str, code: str) -> Response:
    detail = code.replace("_", " ").capitalize()
    return JSONResponse(
        {"errors": [{"category": category, "code": code, "detail": detail}]}, status
    )
