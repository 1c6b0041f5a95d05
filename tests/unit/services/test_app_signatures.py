import pytest

from tests.support.fakes import FakeAppSecrets
from tillbridge.errors import SecretUnavailable
from tillbridge.services.app_signatures import AppSignatures

APP = "client-1"


def signed_with(secret: str, secrets: FakeAppSecrets) -> str | None:
    """What is verified by comparing; the signature is the secret itself."""
    return AppSignatures(secrets).verified(APP, lambda one: one if one == secret else None)


@pytest.mark.parametrize("secret", ["new", "before"])
def test_either_live_secret_verifies(secret: str) -> None:
    assert signed_with(secret, FakeAppSecrets({APP: ("new", "before")})) == secret


@pytest.mark.parametrize("secret", ["", "retired", "another-apps"])
def test_any_other_secret_does_not(secret: str) -> None:
    secrets = FakeAppSecrets({APP: ("new", "before"), "client-2": ("another-apps",)})

    assert signed_with(secret, secrets) is None


def test_a_rotation_that_is_not_known_yet_is_seen() -> None:
    secrets = FakeAppSecrets({APP: ("old",)}, rotated={APP: ("new", "old")})

    assert signed_with("new", secrets) == "new"


def test_a_secret_is_tried_once() -> None:
    tried: list[str] = []
    AppSignatures(FakeAppSecrets({APP: ("new", "before")})).verified(APP, tried.append)

    assert tried == ["new", "before"]


def test_an_app_without_a_secret_is_told_from_a_wrong_signature() -> None:
    with pytest.raises(SecretUnavailable, match="no client secret"):
        signed_with("new", FakeAppSecrets({}))


def test_an_app_that_was_just_stored_is_seen() -> None:
    assert signed_with("new", FakeAppSecrets({}, rotated={APP: ("new",)})) == "new"
