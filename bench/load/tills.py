"""The tills, for Locust, which runs in an environment of its own: a kind of user for each shop of
`TILLS`, a JSON array of `{"shop", "token", "count", "pause_s"}`. A till asks, waits for its answer,
and pauses."""

import json
import os

from locust import HttpUser, constant, task

_PATIENCE_S = 15


class Till(HttpUser):
    abstract = True
    shop: str
    token: str

    @task
    def look_up(self):
        self.client.get(
            "/v1/customers",
            params={"search_term": "jane"},
            headers={"Authorization": f"Bearer {self.token}"},
            timeout=_PATIENCE_S,
            name=self.shop,
        )


def _of_shop(shop, token, count, pause_s):
    members = {"shop": shop, "token": token, "fixed_count": count, "wait_time": constant(pause_s)}
    return type(f"Till of {shop}", (Till,), members)


# Locust finds its users among a module's names.
globals().update({tills["shop"]: _of_shop(**tills) for tills in json.loads(os.environ["TILLS"])})
