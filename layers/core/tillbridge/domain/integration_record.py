"""The integration record: one of a merchant's systems, asked for one operation (docs/records.md).

The models are the schema: what people write is judged by them, and so is what is read back. They
say what a field means; what a request or a mapping does with it is in `request_template` and
`mapping`.
"""

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from tillbridge.domain.cashier_text import VISIBLE

MAX_TIMEOUT_MS = 4_000
_MAX_FIELDS = 64

SecretName = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$")]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)


class Computed(_Part):
    """A value that a placeholder cannot say: a JSONata expression over the request's inputs."""

    expression: str


class RequestSpec(_Part):
    """How to ask. Texts may hold `{name}` (required), `{name?}` (the smallest thing around it, a
    parameter, header or body member, is left out when it is absent) and `{{` for a brace that
    would begin one."""

    method: Literal["GET", "POST", "PUT", "PATCH", "DELETE"] = "GET"
    url: str = Field(max_length=2_000, description="Absolute; its origin and path are fixed here.")
    query: dict[str, str | Computed] = Field(default={}, max_length=50)
    headers: dict[str, str] = Field(default={}, max_length=50)
    body: Any = Field(
        default=None, description="A JSON tree; a leaf that is `{name}` keeps its type."
    )
    body_format: Literal["json", "form", "xml"] = "json"
    timeout_ms: int = Field(default=2_500, ge=100, le=MAX_TIMEOUT_MS, description="Per attempt.")
    retries: int = Field(default=1, ge=0, le=1, description="Only for operations that read.")

    @property
    def parts(self) -> dict[str, Any]:
        """What of it is sent, where placeholders and expressions may stand."""
        return self.model_dump(include={"url", "query", "headers", "body"})


class NoAuth(_Part):
    """The system asks for no credential."""

    kind: Literal["none"] = "none"


class BearerAuth(_Part):
    """`Authorization: Bearer <secret>`."""

    kind: Literal["bearer"]
    secret: SecretName


class BasicAuth(_Part):
    """HTTP Basic; the secret's value is `username:password`."""

    kind: Literal["basic"]
    secret: SecretName


class ApiKeyAuth(_Part):
    """A key in a header, a query parameter or a place in the JSON body (`params.args.2`)."""

    kind: Literal["api_key"]
    secret: SecretName
    place: Literal["header", "query", "body"] = Field(default="header", alias="in")
    name: str = Field(min_length=1, description="The header, the parameter, or the dotted path.")
    prefix: str = Field(default="", description="Put before the key, such as `KachingKey `.")


class ClientCredentialsAuth(_Part):
    """OAuth 2.0 client credentials (RFC 6749 §4.4): the secret is the client's; the access token is
    fetched, remembered until shortly before it expires, and sent as a bearer token. The secret must
    be bound to the token URL's origin as well as to the request's."""

    kind: Literal["oauth2_client_credentials"]
    secret: SecretName
    token_url: str = Field(max_length=2_000)
    client_id: str = Field(min_length=1, max_length=256)
    scope: str | None = None
    client_in: Literal["body", "header"] = Field(
        default="body", description="Where the token request carries the client's credentials."
    )


class HmacAuth(_Part):
    """A signature over the request in a header. `message` says over what: a text with `{method}`,
    `{path}`, `{query}`, `{body}` and `{timestamp}` (Unix seconds, sent in `timestamp_header`)."""

    kind: Literal["hmac"]
    secret: SecretName
    header: str = Field(min_length=1)
    message: str = "{body}"
    algorithm: Literal["sha256", "sha512"] = "sha256"
    encoding: Literal["hex", "base64"] = "hex"
    prefix: str = ""
    timestamp_header: str | None = None


Auth = Annotated[
    NoAuth | BearerAuth | BasicAuth | ApiKeyAuth | ClientCredentialsAuth | HmacAuth,
    Field(discriminator="kind"),
]


class Condition(_Part):
    """What an answer must look like: its status, and an expression over its body that is truthy."""

    status: int | None = Field(default=None, ge=100, le=599)
    body: str | None = None


class OutcomeRule(_Part):
    """The first rule whose condition holds decides what an answer means. For what moves points only
    a rule makes an answer a refusal, and any `ok` rule makes every other answer unclear."""

    when: Condition
    outcome: Literal[
        "ok",
        "not_found",
        "rejected",
        "failed",
        "unauthorized",
        "throttled",
        "insufficient_points",
        "not_enrolled",
    ] = Field(alias="is")


class ResponseSpec(_Part):
    """How to read the answer. Either `fields`, one expression per field evaluated at each of
    `items`; or `expression`, which makes the whole list of items at once."""

    format: Literal["json", "xml"] = "json"
    items: str | None = Field(default=None, description="Where the items are; default: the answer.")
    fields: Mapping[str, Any] | None = None
    expression: str | None = None

    @model_validator(mode="after")
    def _one_tier(self) -> "ResponseSpec":
        if self.expression is not None and (self.fields is not None or self.items is not None):
            raise ValueError("give either `expression` or `items` with `fields`, not both")
        if self.fields is not None and _leaves(self.fields) > _MAX_FIELDS:
            raise ValueError(f"give at most {_MAX_FIELDS} fields")
        return self


def _leaves(fields: Mapping[str, Any]) -> int:
    return sum(_leaves(f) if isinstance(f, Mapping) else 1 for f in fields.values())


class ExampleResponse(_Part):
    """An answer as the system gave it; `body` is JSON, or text where it is not."""

    status: int = 200
    body: Any = None


class Example(_Part):
    """One of the record's own tests: this input and this answer give these items."""

    name: str
    input: dict[str, Any] = {}
    response: ExampleResponse
    expect: Any


class IntegrationRecord(_Part):
    """`INTEGRATION#<operation>`: one system, one operation. Without `response` an answer that
    already has our shape passes through (K8)."""

    operation: str = Field(pattern="^[a-z][a-z_]{1,40}$")
    schema_version: Literal[1] = 1
    enabled: bool = True
    system: (
        Annotated[
            str, StringConstraints(strip_whitespace=True, min_length=1, max_length=60), VISIBLE
        ]
        | None
    ) = Field(
        default=None,
        description="What the merchant's people call the system; its host when left out.",
    )
    request: RequestSpec
    # No instance: pydantic would build that one's validator beside the record's, at the import.
    auth: Auth = Field(default_factory=NoAuth)
    outcomes: Annotated[tuple[OutcomeRule, ...], Field(max_length=20)] = ()
    response: ResponseSpec | None = None
    examples: Annotated[tuple[Example, ...], Field(max_length=50)] = ()
