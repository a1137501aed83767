"""`catalyst train finetune`: the encoder, if asked; then readers of text, by imitation and by the plant's own cost."""

import json
import logging
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from oracle.errors import SettingsError
from oracle.formulas.feedback import FEEDBACK_CONSTANT
from oracle.model.manifest import ADAPTER_FILE
from oracle.model.policy import Policy, PolicyConfig
from oracle.output import write_whole
from oracle.plant.controllers import Proportional
from oracle.plant.definition import EPOCH_10, EPOCH_20
from oracle.plant.engines import ENGINES
from oracle.training.descent import Descent, descend
from oracle.training.figures import attacked_p95, level_and_p95, worths
from oracle.training.imitation import imitation_loss, joined, r_squared, reader_windows, some, squared_correlation
from oracle.training.lesson_data import DataSize, LessonData, lesson_data
from oracle.training.mean_course import TensorPlant
from oracle.training.refinement import Refinement
from oracle.training.tuning import ADAPTED, FROZEN, SAVED, TUNING, save_tuned, tune_encoder

log = logging.getLogger(__name__)

IMITATION = Descent(
    steps=2_000, learning_rate=1e-2, validate_every=200, patience=4, weight_decay=0.05, max_gradient_norm=1.0
)
REFINEMENT = Descent(steps=1_600, learning_rate=4e-3, validate_every=200, patience=3, averaging=0.99)
DEFINITIONS = {"epoch 10, lag 3": EPOCH_10, "epoch 20, lag 5": EPOCH_20}
BATCH = 128
VALIDATION_WINDOWS = 2_000
ENCODER_FOLDER = "encoder"
_SETTINGS, _WEIGHTS, _CONFIG, FIGURES_FILE = "settings.json", "policy.safetensors", "config.json", "figures.json"


@dataclass(frozen=True)
class Finetuning:
    """All that decides a run's outcome."""

    encoder: str  # source, see `oracle.model.encoder.find_encoder`
    seed: int = 7
    tuning: str = FROZEN  # of the encoder: one of `oracle.training.tuning.SAVED`, or FROZEN
    engine: str = "pow"  # of the plants that readers learn on: one of `oracle.plant.engines.ENGINES`
    policy: PolicyConfig = field(default_factory=PolicyConfig)
    data: DataSize = field(default_factory=DataSize)
    lesson: Descent = TUNING  # of the encoder, where it is tuned
    imitation: Descent = IMITATION
    refinement: Descent = REFINEMENT


def finetune(directory: Path, finetuning: Finetuning) -> None:
    """Train in a run directory; where one was begun with equal settings, go on from its last checkpoint.

    Leaves `policy.safetensors` and `config.json` there, whose level is such that mean phi is what controllers are
    compared at (`oracle.training.refinement.MEAN_PHI`) on the validation plant.

    Raises:
        SettingsError: the directory holds a run with other settings.
    """
    if finetuning.tuning not in (FROZEN, *SAVED):
        raise SettingsError(f"an encoder is tuned by {', '.join((FROZEN, *SAVED))}, not by {finetuning.tuning!r}")
    if finetuning.engine not in ENGINES:
        raise SettingsError(f"readers learn under {', '.join(ENGINES)}, not under {finetuning.engine!r}")
    torch.set_num_threads(1)  # the matrices are small: threads only get in each other's way
    directory.mkdir(parents=True, exist_ok=True)
    settle(directory / _SETTINGS, finetuning)
    _tune(directory, finetuning)
    data = _data(directory, finetuning)
    config = replace(finetuning.policy, encoder_size=data.table.shape[1])
    members = [
        _train_member(directory, finetuning, replace(config, members=1), data, at) for at in range(config.members)
    ]
    policy = Policy(config)
    policy.members = nn.ModuleList(member.members[0] for member in members)
    level, _ = level_and_p95(policy, data.known, EPOCH_10, data.table)
    policy.config = replace(config, feedback_constant=round(config.feedback_constant + level, 3))
    save_file({name: tensor.contiguous() for name, tensor in policy.state_dict().items()}, directory / _WEIGHTS)
    (directory / _CONFIG).write_text(json.dumps(asdict(policy.config), indent=1) + "\n")


def encoder_of(directory: Path, finetuning: Finetuning) -> tuple[str, Path | None]:
    """Source of the encoder that the policy of a run reads with, and its adapter where tuning left one."""
    if finetuning.tuning in ADAPTED:
        return finetuning.encoder, directory / ADAPTER_FILE
    return (finetuning.encoder if finetuning.tuning == FROZEN else str(directory / ENCODER_FOLDER)), None


def _tune(directory: Path, finetuning: Finetuning) -> None:
    """Tune the encoder, where that is asked and not yet done."""
    name = ADAPTER_FILE if finetuning.tuning in ADAPTED else ENCODER_FOLDER
    if finetuning.tuning == FROZEN or (directory / name).exists():
        return
    reader, tuned = tune_encoder(
        directory / "tuning", finetuning.encoder, finetuning.tuning, seed=finetuning.seed, descent=finetuning.lesson
    )
    log.info("encoder tuned by %s: accuracy %.3f on unseen phrase families", tuned.method, tuned.unseen)
    half = directory / f"{name}.half"
    save_tuned(reader, half)
    half.replace(directory / name)


def _data(directory: Path, finetuning: Finetuning) -> LessonData:
    source, adapter = encoder_of(directory, finetuning)
    window = finetuning.policy.window_blocks
    return lesson_data(
        directory, source, finetuning.seed, finetuning.data, window, adapter, engine=ENGINES[finetuning.engine]
    )


def _train_member(
    directory: Path, finetuning: Finetuning, config: PolicyConfig, data: LessonData, number: int
) -> Policy:
    seed = finetuning.seed + 1_000 * number
    torch.manual_seed(seed)
    policy = Policy(config)
    feedback = Proportional(config.feedback_gain, config.feedback_constant)
    training = joined([reader_windows(plant, config.window_blocks, feedback) for plant in data.training])
    validation = some(reader_windows(data.known, config.window_blocks, feedback), VALIDATION_WINDOWS)

    def imitate() -> Tensor:
        return imitation_loss(policy, training.some(torch.randint(len(training), (BATCH,))), data.table)

    def missed() -> float:
        return 1 - r_squared(policy, validation, data.table)

    descend(policy, imitate, missed, finetuning.imitation, seed=seed, directory=directory, name=f"imitation-{number}")
    refinement = Refinement(policy, [TensorPlant(plant) for plant in data.training], data.table)

    def p95() -> float:
        """Geometric mean over the definitions, left alone and under attack."""
        product = 1.0
        for definition in DEFINITIONS.values():
            level, alone = level_and_p95(policy, data.known, definition, data.table)
            product *= alone * attacked_p95(policy, data.known, definition, data.table, level)
        return float(product ** (1 / (2 * len(DEFINITIONS))))

    descend(
        refinement,
        refinement.loss,
        p95,
        finetuning.refinement,
        seed=seed,
        directory=directory,
        name=f"refinement-{number}",
    )
    return policy


def evaluate(directory: Path) -> dict[str, Any]:
    """Figures of a finished run, on wordings as in training and on phrase families that it never saw.

    Writes them to `figures.json`.

    Raises:
        SettingsError: the directory holds no finished run.
    """
    finetuning, policy = read_run(directory)
    data = _data(directory, finetuning)
    sets = {"known wordings": data.known, "unseen wordings": data.unseen}
    feedback = Proportional(policy.config.feedback_gain, FEEDBACK_CONSTANT)
    figures = {
        "squared_correlation_with_what_a_perfect_reader_adds": {
            name: squared_correlation(policy, reader_windows(plant, policy.config.window_blocks, feedback), data.table)
            for name, plant in sets.items()
        },
        "p95": {
            name: {case: asdict(worth) | {"gap_closed": worth.gap_closed} for case, worth in cases.items()}
            for name, cases in worths(policy, sets, DEFINITIONS, data.table).items()
        },
    }
    (directory / FIGURES_FILE).write_text(json.dumps(figures, indent=1) + "\n")
    return figures


def read_run(directory: Path) -> tuple[Finetuning, Policy]:
    """Settings of a finished run, and its policy.

    Raises:
        SettingsError: the directory holds no finished run.
    """
    try:
        settings = json.loads((directory / _SETTINGS).read_text())
        config = PolicyConfig(**json.loads((directory / _CONFIG).read_text()))
        weights = load_file(directory / _WEIGHTS)
    except (OSError, ValueError) as error:
        raise SettingsError(
            f"{directory} holds no finished run ({type(error).__name__}); run `catalyst train finetune` there"
        ) from error
    policy = Policy(config)
    policy.load_state_dict(weights)
    finetuning = Finetuning(
        encoder=settings["encoder"],
        seed=settings["seed"],
        tuning=settings["tuning"],
        engine=settings["engine"],
        policy=PolicyConfig(**settings["policy"]),
        data=DataSize(**settings["data"]),
        lesson=Descent(**settings["lesson"]),
        imitation=Descent(**settings["imitation"]),
        refinement=Descent(**settings["refinement"]),
    )
    return finetuning, policy.eval()


def settle(path: Path, finetuning: Finetuning) -> None:
    """Write the settings of what is begun in a directory, or check that they are those it was begun with.

    Raises:
        SettingsError: they are others.
    """
    settings = asdict(finetuning)
    if path.exists():
        if json.loads(path.read_text()) != settings:
            raise SettingsError(f"{path} is of a run with other settings; give another directory, or remove it")
        return
    write_whole(path, json.dumps(settings, indent=1) + "\n")
