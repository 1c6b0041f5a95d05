"""FastAPI behind Mangum, with the answer's shape declared as one does."""

from fastapi import FastAPI, Query, Request
from mangum import Mangum
from pydantic import BaseModel

from bench.gateway.peers.plain import found


class Balance(BaseModel):
    identifier: str
    balance: float


class Customer(BaseModel):
    identifier: str
    name: str | None = None
    street: str | None = None
    city: str | None = None
    postal_code: str | None = None
    country_code: str | None = None
    phone: str | None = None
    email: str | None = None
    balance: Balance | None = None


app = FastAPI()


@app.get("/v1/customers")
def look_up(
    request: Request,
    search_term: str = Query(max_length=128),
    currency_code: str | None = Query(default=None, pattern="^[A-Z]{3}$"),
) -> list[Customer]:
    tenant = request.scope["aws.event"]["requestContext"]["authorizer"]["tenant_id"]
    return found(tenant, {"search_term": search_term, "currency_code": currency_code})


_answer = Mangum(app, lifespan="off")


def handler(_job):
    return _answer
