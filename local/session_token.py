"""Session tokens as Shopify makes them, good for a minute, for the local stack's shop:
`python -m local.session_token .local/stack.json` prints one."""

import argparse
import json
import time
from pathlib import Path
from typing import Any
from uuid import uuid4

import jwt

_GOOD_FOR_S = 60


def claims_of(shop: str, client_id: str, now_s: float) -> dict[str, Any]:
    """What Shopify says of a user of the app in this shop."""
    now = int(now_s)
    return {
        "iss": f"https://{shop}/admin",
        "dest": f"https://{shop}",
        "aud": client_id,
        "sub": "42",
        "exp": now + _GOOD_FOR_S,
        "nbf": now,
        "iat": now,
        "jti": str(uuid4()),
        "sid": uuid4().hex * 2,
    }


def mint(shop: str, client_id: str, secret: str, now_s: float) -> str:
    """A session token; `now_s` is Unix seconds."""
    return jwt.encode(claims_of(shop, client_id, now_s), secret, algorithm="HS256")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("stack", type=Path, help="the file that make run writes")
    shop = json.loads(parser.parse_args().stack.read_text())["shop"]
    print(mint(shop["domain"], shop["client_id"], shop["client_secret"], time.time()))


if __name__ == "__main__":
    main()
