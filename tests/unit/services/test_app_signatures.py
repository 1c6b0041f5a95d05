import pytest

from tests.support.fakes import FakeAppSecrets
from tillbridge.errors import SecretUnavailable
from tillbridge.services.app_signatures import AppSignatures

APP = "client-1"


def is_verified(secret: str, secrets: FakeAppSecrets) -> bool:
    """For what is signed by naming the secret."""
    return AppSignatures(secrets).verified(APP, lambda one: one == secret)


@pytest.mark.parametrize("secret", ["new", "before"])
def test_either_live_secret_verifies(secret: str) -> None:
    assert is_verified(secret, FakeAppSecrets({APP: ("new", "before")}))


@pytest.mark.parametrize("secret", ["", "retired", "another-apps"])
def test_any_other_secret_does_not(secret: str) -> None:
    secrets = FakeAppSecrets({APP: ("new", "before"), "client-2": ("another-apps",)})

    assert not is_verified(secret, secrets)


def test_a_rotation_that_is_not_known_yet_is_seen() -> None:
    secrets = FakeAppSecrets({APP: ("old",)}, rotated={APP: ("new", "old")})

    assert is_verified("new", secrets)


def test_a_secret_is_tried_once() -> None:
    tried: list[str] = []

    def no(secret: str) -> bool:
        tried.append(secret)
        return False

    AppSignatures(FakeAppSecrets({APP: ("new", "before")})).verified(APP, no)

    assert tried == ["new", "before"]


def test_an_app_without_a_secret_is_told_from_a_wrong_signature() -> None:
    with pytest.raises(SecretUnavailable, match="no client secret"):
        is_verified("new", FakeAppSecrets({}))


def test_an_app_that_was_just_stored_is_seen() -> None:
    assert is_verified("new", FakeAppSecrets({}, rotated={APP: ("new",)}))
