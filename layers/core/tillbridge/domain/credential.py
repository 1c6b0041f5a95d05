"""Putting a tenant's secret into a request: in the one place that its record declares."""

import base64
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from tillbridge.domain.integration_record import (
    ApiKeyAuth,
    Auth,
    BasicAuth,
    BearerAuth,
    NoAuth,
)
from tillbridge.domain.request_template import DraftRequest
from tillbridge.errors import RecordUnusable, SecretNotBound


@dataclass(frozen=True, slots=True)
class Secret:
    """A tenant's secret and the origins that it may be sent to; both live in Secrets Manager, so
    that who can edit a record's URL cannot send the secret elsewhere."""

    value: str = field(repr=False)
    origins: frozenset[str]

    def bound_to(self, origin: str) -> "Secret":
        """Itself; raises `SecretNotBound` when it may not be sent to this origin."""
        if origin not in self.origins:
            raise SecretNotBound(f"add {origin} to the secret's origins, or mend the record's URL")
        return self


def place(auth: Auth, secret: Secret | None, draft: DraftRequest) -> None:
    """Put the secret where the record's `auth` says. `secret` is None for `none` alone."""
    match auth, secret:
        case NoAuth(), None:
            pass
        case BearerAuth(), Secret(value):
            draft.headers["Authorization"] = f"Bearer {value}"
        case BasicAuth(), Secret(value):
            encoded = base64.b64encode(value.encode()).decode()
            draft.headers["Authorization"] = f"Basic {encoded}"
        case ApiKeyAuth(place="header"), Secret(value):
            draft.headers[auth.name] = auth.prefix + value
        case ApiKeyAuth(place="query"), Secret(value):
            draft.query[auth.name] = auth.prefix + value
        case ApiKeyAuth(place="body"), Secret(value):
            _put(draft.body, auth.name.split("."), auth.prefix + value)
        case _:
            raise RecordUnusable("the record's auth needs a secret")


def _put(tree: Any, steps: Sequence[str], value: str) -> None:
    """Replace what the dotted path leads to (`params.args.2`); it must be there already."""
    *parents, last = steps
    try:
        for step in parents:
            tree = tree[int(step)] if isinstance(tree, list) else tree[step]
        if isinstance(tree, list):
            tree[int(last)] = value
        else:
            tree[last] = value
    except (KeyError, IndexError, ValueError, TypeError) as error:
        raise RecordUnusable("auth.name leads nowhere in the request's body") from error
