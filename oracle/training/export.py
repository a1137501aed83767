"""`catalyst train export`: a finished and evaluated run as a bundle."""

import json
from importlib import resources
from pathlib import Path

import jinja2

from oracle.errors import SettingsError
from oracle.model.bundle import write_bundle
from oracle.training.finetune import FIGURES_FILE, encoder_of, read_run
from oracle.training.lesson_data import TRAINING_SEEDS
from oracle.training.plant_data import TRAINING_CROWD_EVERY, TRAINING_DEFINITIONS, UNSEEN_FAMILIES
from oracle.training.tuning import ADAPTED, FROZEN


def export_bundle(directory: Path, out: Path) -> bytes:
    """Write the bundle of a run, and return its modelHash; equal runs give equal ones.

    Raises:
        SettingsError: the run is not finished, or was not evaluated.
    """
    finetuning, policy = read_run(directory)
    try:
        figures = json.loads((directory / FIGURES_FILE).read_text())
    except (OSError, ValueError) as error:
        raise SettingsError(f"{directory} has no figures yet; run `catalyst train evaluate` there") from error
    training = {
        "seed": finetuning.seed,
        "engine": finetuning.engine,
        "data": {
            "source": "texts of oracle.workload on traces of oracle.plant",
            "first_seed": TRAINING_SEEDS + 1000 * finetuning.seed,
            "seeds_per_plant": finetuning.data.training_seeds,
            "blocks_per_seed": finetuning.data.training_blocks,
            "plants": [
                {"capacity": each.capacity, "load": each.load, "theta0": each.theta0} for each in TRAINING_DEFINITIONS
            ],
            "crowd_every": TRAINING_CROWD_EVERY,
        },
        "held_out_families": list(UNSEEN_FAMILIES),
        "encoder_tuning": finetuning.tuning,
        "imitation_steps": finetuning.imitation.steps,
        "refinement_steps": finetuning.refinement.steps,
        "figures": figures,
    }
    source, adapter = encoder_of(directory, finetuning)
    model_hash = write_bundle(
        out,
        policy=policy,
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
    ).render(
        training=training,
        lesson_steps=finetuning.lesson.steps,
        config=policy.config,
        encoder=finetuning.encoder,
        model_hash=model_hash.hex(),
    )
    (out / "MODEL_CARD.md").write_text(card)
    return model_hash
