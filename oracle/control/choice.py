"""Chooses the controller, by name or by the hash that a contract expects in reports."""

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from oracle.control.controller import Controller
from oracle.control.feedback import FeedbackController
from oracle.model.manifest import DEFAULT_BUNDLE, model_hash, read_manifest

FEEDBACK, POLICY = "feedback", "oracle"  # as `--phi` has them


def decider(phi: str) -> str:
    """What decides φ under a value of `--phi`, by the name that figures and pages use."""
    return "policy" if phi == POLICY else phi


def controller_named(name: str, bundle: Path | None, encoder: str | None) -> Controller:
    """The controller named FEEDBACK, or POLICY: the policy of a bundle, by default the bundle in the package.

    Raises:
        BundleError: the bundle cannot be loaded.
    """
    if name == FEEDBACK:
        return FeedbackController()
    # Only where a model is run: torch takes seconds to import.
    from oracle.control.policy import PolicyController  # noqa: PLC0415
    from oracle.model.bundle import load_bundle  # noqa: PLC0415

    return PolicyController(load_bundle(bundle or DEFAULT_BUNDLE, encoder))


def hash_named(name: str, bundle: Path | None) -> bytes:
    """The modelHash in reports of that controller, 32 bytes; loads no encoder.

    Raises:
        BundleError: the bundle is not whole.
    """
    if name == FEEDBACK:
        return FeedbackController().model_hash
    return model_hash(read_manifest(bundle or DEFAULT_BUNDLE))


@dataclass(frozen=True)
class Expected:
    """The controller whose reports a contract accepts, as `controller_expected`; can be sent to other processes."""

    model_hash: bytes
    bundle: Path | None
    encoder: str | None

    def controller(self) -> Controller:
        """It, made once in each process.

        Raises:
            BundleError: the bundle cannot be loaded.
        """
        return _made(self)


@lru_cache(maxsize=1)
def _made(expected: Expected) -> Controller:
    return controller_expected(expected.model_hash, expected.bundle, expected.encoder)


def controller_expected(expected: bytes, bundle: Path | None, encoder: str | None) -> Controller:
    """The controller whose reports a contract accepts; if a bundle or encoder is given, that policy in any case.

    Raises:
        BundleError: the bundle cannot be loaded.
    """
    is_feedback = bundle is None and encoder is None and expected == hash_named(FEEDBACK, None)
    return controller_named(FEEDBACK if is_feedback else POLICY, bundle, encoder)
