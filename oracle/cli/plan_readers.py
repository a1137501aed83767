"""Which reader `catalyst plan read` reads with."""

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING

from oracle.errors import BundleError, SettingsError
from oracle.settings import take_reader_key

if TYPE_CHECKING:
    from oracle.plans.reader import SentenceReader
    from oracle.plans.reading.evidence import Thresholds


def chosen_reader(reader: str | None, bundle: Path | None) -> "tuple[SentenceReader, Thresholds, bytes]":
    """The reader, how sure it must be, and its modelHash; that of a URL is of its name alone.

    Args:
        reader: smollm2, a directory, or URL#MODEL; None for a bundle.
        bundle: Of the shipped kind; None for the one in the package.

    Raises:
        SettingsError: both are given, or the URL names no place.
        BundleError: there is no such reader.
    """
    from oracle.plans.bundle import DEFAULT_BUNDLE, load_reader

    if reader is None:
        shipped = load_reader(bundle or DEFAULT_BUNDLE)
        return shipped.reader, shipped.thresholds, shipped.model_hash
    if bundle is not None:
        raise SettingsError("--reader and --bundle both name a reader: give one of them")
    if reader.lower().startswith(("http://", "https://")):
        from oracle.agreements.asked_model import AskedModel, place_of
        from oracle.plans.generative.reader import AskingReader
        from oracle.plans.reading.evidence import Thresholds

        place = place_of(reader)
        asked = AskedModel(place, take_reader_key())
        return AskingReader(asked), Thresholds(), hashlib.sha256(place.name.encode()).digest()
    try:
        from oracle.plans.generative.bundle import load_generative
    except ModuleNotFoundError as error:
        raise BundleError(f"--reader {reader} needs {error.name}: run pip install -e '.[generative]'") from error
    loaded = load_generative(reader)
    return loaded.reader, loaded.thresholds, loaded.model_hash
