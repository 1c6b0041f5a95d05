"""What the peers have in common: the lookup's mapping, and how each writes its log line."""

import json
import logging
import sys

_NAMES = {
    "identifier": ("id",),
    "name": ("full_name",),
    "street": ("address", "street"),
    "city": ("address", "city"),
    "postal_code": ("address", "zip"),
    "country_code": ("address", "country"),
    "phone": ("phone",),
    "email": ("email",),
}


def customer_of(one):
    customer = {name: _at(one, path) for name, path in _NAMES.items()}
    account = one["account"]
    customer["balance"] = {"identifier": account["no"], "balance": round(account["amount"], 2)}
    return customer


def _at(one, path):
    for step in path:
        one = one[step]
    return one


def a_logger(name):
    """JSON lines, as a tutorial has them."""
    logger = logging.getLogger(name)
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(_Json())
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    logger.propagate = False
    return logger


class _Json(logging.Formatter):
    def format(self, record):
        fields = {"level": record.levelname, "message": record.getMessage(), "at": record.created}
        return json.dumps(fields)
