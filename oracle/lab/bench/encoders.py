"""What tuning the encoder gains, on what texts say, and probes of what it knows: `catalyst bench encoders`."""

from collections.abc import Callable, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from oracle.model.encoder import encoder_digests, find_encoder
from oracle.model.manifest import DEFAULT_BUNDLE, model_hash, read_manifest
from oracle.training.pretrain import ENCODER_FOLDER, pretrain
from oracle.training.probe import probe
from oracle.training.tuning import METHODS, STOPPING_FAMILIES, tune_encoder
from oracle.window.blocks import Block


def measure_encoders(
    say: Callable[[str], None], directory: Path, encoder_source: str, blocks: Sequence[Block], *, seed: int
) -> dict[str, Any]:
    """Rows of tuning, pretraining on `blocks`, and probes of the encoder before and after it; of what, and when.

    Args:
        say: Told of each figure.
        directory: Where runs keep their checkpoints; one that was stopped goes on.
        encoder_source: The encoder.
        blocks: What to pretrain on and to probe with.
        seed: Decides all that is drawn.
    """
    rows = []
    for method in METHODS:
        _, tuned = tune_encoder(directory / method, encoder_source, method, seed=seed)
        say(f"{method}: accuracy {tuned.stopping:.3f} on the family kept to stop by, {tuned.unseen:.3f} on unseen ones")
        rows.append(asdict(tuned))
    pretrained = pretrain(directory / "pretrain", encoder_source, blocks, seed=seed)
    say(f"pretraining: loss of masked words {pretrained.loss_before:.3f} -> {pretrained.loss_after:.3f}")
    probes: list[dict[str, Any]] = []
    own = str(directory / "pretrain" / ENCODER_FOLDER)
    for name, source, frozen in (
        ("as published, frozen", encoder_source, True),
        ("pretrained on transactions, frozen", own, True),
        ("as published, whole", encoder_source, False),
        ("pretrained on transactions, whole", own, False),
    ):
        found = probe(directory / f"probe-{len(probes)}", source, blocks, frozen=frozen, seed=seed)
        say(f"probe of the encoder {name}: F1 {found.micro_f1:.3f}")
        probes.append(asdict(found) | {"encoder": name})
    return {
        "measured_on": datetime.now(UTC).date().isoformat(),
        "encoder_sha256": encoder_digests(find_encoder(encoder_source))["model.safetensors"],
        "model_hash": "0x" + model_hash(read_manifest(DEFAULT_BUNDLE)).hex(),
        "stopping_families": list(STOPPING_FAMILIES),
        "tuning": rows,
        "pretraining": asdict(pretrained),
        "probes": probes,
    }
