"""Which controller decides: the one that the contract expects, or the bundle that is given."""

from pathlib import Path

import pytest

from oracle.control.choice import FEEDBACK, POLICY, controller_expected, controller_named, hash_named
from oracle.control.feedback import FeedbackController
from oracle.control.policy import PolicyController
from oracle.errors import BundleError
from oracle.model.bundle import DEFAULT_BUNDLE, Bundle


def test_a_controller_is_named_by_the_hash_that_it_has(bundle: Bundle) -> None:
    assert hash_named(FEEDBACK, None) == controller_named(FEEDBACK, None, None).model_hash
    assert hash_named(POLICY, None) == hash_named(POLICY, DEFAULT_BUNDLE) == bundle.model_hash
    assert hash_named(FEEDBACK, None) != hash_named(POLICY, None)


def test_feedback_is_what_a_contract_that_expects_it_gets() -> None:
    expected = hash_named(FEEDBACK, None)
    assert isinstance(controller_expected(expected, None, None), FeedbackController)
    # Who gives a bundle means it: the contract then refuses in words of its own.
    assert isinstance(controller_expected(expected, DEFAULT_BUNDLE, None), PolicyController)


@pytest.mark.parametrize("expected", [hash_named(POLICY, None), bytes(32)], ids=["of it", "unknown"])
def test_any_other_hash_gets_the_bundle_in_the_package(expected: bytes, bundle: Bundle) -> None:
    assert controller_expected(expected, None, None).model_hash == bundle.model_hash


def test_an_encoder_that_is_given_is_not_passed_over(tmp_path: Path) -> None:
    with pytest.raises(BundleError):
        controller_expected(hash_named(FEEDBACK, None), None, str(tmp_path / "absent"))
