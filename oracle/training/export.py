"""`catalyst train export`: a finished and evaluated run as a bundle."""

import json
from importlib import resources
from pathlib import Path

import jinja2

from oracle.errors import SettingsError
from oracle.model.bundle import write_bundle
from oracle.training.finetune import FIGURES_FILE, encoder_of, read_run
from oracle.training.tuning import ADAPTED, FROZEN, STOPPING_FAMILIES
from oracle.workload.wordings import HELD_OUT, TRAINING, wordings


def export_bundle(directory: Path, out: Path) -> bytes:
    """Write the bundle of a run, and return its modelHash; equal runs give equal ones.

    Raises:
        SettingsError: the run is not finished, or was not evaluated.
    """
    finetuning, config, head = read_run(directory)
    try:
        figures = json.loads((directory / FIGURES_FILE).read_text())
    except (OSError, ValueError) as error:
        raise SettingsError(f"{directory} has no figures yet; run `catalyst train evaluate` there") from error
    training = {
        "seed": finetuning.seed,
        "families": list(wordings(TRAINING).families),
        "stopping_families": list(STOPPING_FAMILIES),
        "held_out_families": list(wordings(HELD_OUT).families),
        "recorded_blocks": finetuning.blocks,
        "encoder_tuning": finetuning.tuning,
        "steps": finetuning.lesson.steps,
        "figures": figures,
    }
    source, adapter = encoder_of(directory, finetuning)
    model_hash = write_bundle(
        out,
        config=config,
        head=head,
        encoder_source=source,
        training=training,
        adapter=adapter,
        own_encoder=finetuning.tuning not in (FROZEN, *ADAPTED),
    )
    card = jinja2.Template(
        resources.files("oracle.training").joinpath("model_card.md.jinja").read_text(),
        undefined=jinja2.StrictUndefined,
        keep_trailing_newline=True,
        autoescape=False,
    ).render(training=training, config=config, encoder=finetuning.encoder, model_hash=model_hash.hex())
    (out / "MODEL_CARD.md").write_text(card)
    return model_hash
