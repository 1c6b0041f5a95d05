"""Whether an integration record may go live: its schema and expressions, its secrets, and its own
examples."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, TypeAlias

from tillbridge.domain.credential import Secret
from tillbridge.domain.examples import faults_in_examples
from tillbridge.domain.faults import Fault, RecordRefused, similar
from tillbridge.domain.integration import Integration
from tillbridge.domain.integration_record import ClientCredentialsAuth, IntegrationRecord, NoAuth
from tillbridge.domain.operations import INPUTS, REQUIRED_INPUTS
from tillbridge.domain.placeholders import PLACEHOLDER, gives, names_in
from tillbridge.domain.secret_detection import secrets_in
from tillbridge.domain.target import check_url
from tillbridge.errors import AddressRefused, SecretNotBound, SecretUnavailable

# The tenant's secret of that name. Raises `SecretUnavailable` for none that can be used.
FindSecret: TypeAlias = Callable[[str], Secret]


LOOKS_LIKE_A_SECRET = "This looks like a secret"  # noqa: S105  it is a message


def faults_of(
    stored: Mapping[str, Any],
    allowed_private_origins: frozenset[str] = frozenset(),
    find_secret: FindSecret | None = None,
) -> list[Fault]:
    """Each reason why the record must not go live; none when it may. Without `find_secret` nothing
    is said of whether its secret exists and may go where the record sends it. Raises what
    `find_secret` raises when that cannot be told."""
    try:
        integration = Integration.read(stored)
    except RecordRefused as refused:
        return [*refused.faults, *_literal_secrets(stored)]
    return [
        *_refused_urls(integration.record, allowed_private_origins),
        *_unknown_inputs(integration.record),
        *_inputs_left_out(integration.record),
        *_literal_secrets(stored),
        *(_unbound_secret(integration.record, find_secret) if find_secret else ()),
        *faults_in_examples(integration),
    ]


def _urls(record: IntegrationRecord) -> dict[str, str]:
    """Where the record sends requests, by the path that says so."""
    # What a placeholder stands for is encoded; what stands around it is what a call is refused for.
    urls = {"request.url": PLACEHOLDER.sub("x", record.request.url)}
    if isinstance(record.auth, ClientCredentialsAuth):
        urls["auth.token_url"] = record.auth.token_url
    return urls


def _refused_urls(
    record: IntegrationRecord, allowed_private_origins: frozenset[str]
) -> Iterator[Fault]:
    for path, url in _urls(record).items():
        try:
            check_url(url, allowed_private_origins)
        except AddressRefused as refused:
            yield Fault(path, refused.detail)


def _unknown_inputs(record: IntegrationRecord) -> Iterator[Fault]:
    """Placeholders that nothing will ever fill: a till would be told that they are missing."""
    known = INPUTS.get(record.operation)
    if known is None:
        return
    for path, text in _texts(record.request.parts, "request"):
        for name, position in names_in(text):
            if name not in known:
                message = f"{record.operation} has no input {name}"
                yield Fault(path, message, position, similar(name, known))
    for number, example in enumerate(record.examples):
        for name in example.input.keys() - known:
            path = f"examples.{number}.input.{name}"
            yield Fault(path, f"{record.operation} has no such input", hint=similar(name, known))


def _inputs_left_out(record: IntegrationRecord) -> Iterator[Fault]:
    """Inputs without which points would be moved twice, or not as many as were asked for."""
    for name in REQUIRED_INPUTS.get(record.operation, ()):
        if not gives(record.request.parts, name):
            message = f"{record.operation} must send {{{name}}}"
            yield Fault("request", message, hint="Put it where the system looks for it.")


def _texts(node: Any, path: str) -> Iterator[tuple[str, str]]:
    """The texts that are no expressions, each with its path."""
    if isinstance(node, str):
        yield path, node
    elif isinstance(node, Mapping):
        for name, child in node.items():
            if node.keys() != {"expression"}:
                yield from _texts(child, f"{path}.{name}")
    elif isinstance(node, list):
        for number, child in enumerate(node):
            yield from _texts(child, f"{path}.{number}")


def _literal_secrets(stored: Mapping[str, Any]) -> Iterator[Fault]:
    for path in secrets_in(stored):
        yield Fault(
            path,
            LOOKS_LIKE_A_SECRET,
            hint="Store it in Secrets Manager and name it in `auth`.",
        )


def _unbound_secret(record: IntegrationRecord, find_secret: FindSecret) -> Iterator[Fault]:
    if isinstance(record.auth, NoAuth):
        return
    try:
        secret = find_secret(record.auth.secret)
    except SecretUnavailable as unavailable:
        yield Fault("auth.secret", unavailable.detail, hint="Store it, then save the record again.")
        return
    for path, url in _urls(record).items():
        try:
            secret.value_for(url)
        except SecretNotBound as unbound:
            yield Fault(path, "The secret may not be sent there", hint=unbound.detail)
