"""The policy on the plant, and the plant's mean course through which it is refined."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
import torch

from oracle.model.policy import Policy, PolicyConfig
from oracle.plant.controllers import Proportional
from oracle.plant.definition import EPOCH_10, EPOCH_20, Definition
from oracle.plant.engines import ENGINES
from oracle.plant.kernel import BACKLOG, PHI
from oracle.plant.plant import run
from oracle.plant.rounds import Engine, Slots, Turns, Work, length_of_round, rounds_of
from oracle.plant.traces import draw_traces
from oracle.training import imitation, refinement
from oracle.training import mean_course as mean_course_module
from oracle.training.hostile import beside_hostile
from oracle.training.imitation import imitation_loss, reader_windows
from oracle.training.mean_course import TensorPlant, mean_course, round_length
from oracle.training.plant_data import KNOWN_FAMILIES, PlantData, draw_plant_data
from oracle.training.policy_on_plant import PolicyOnPlant
from oracle.training.pooling import as_texts, block_texts
from oracle.training.readings import Library, Reading
from oracle.training.refinement import _REST_PRICE, Refinement
from oracle.training.text_table import TextTable

# A fifth of the usual: arrivals scatter more, and there are fewer texts to draw.
_CAPACITY = 200.0


def _small(definition: Definition) -> Definition:
    return replace(definition, blocks=2_000, capacity=_CAPACITY)


class _Letters:
    """Stands for an encoder where what is read does not matter."""

    hidden_size = 8

    def encode_all(self, texts: Sequence[str]) -> np.ndarray:
        return np.array([[text.count(letter) for letter in "aeioutns"] for text in texts]) / 8


@pytest.fixture(scope="module")
def plant() -> tuple[PlantData, torch.Tensor]:
    table = TextTable(_Letters())
    data = draw_plant_data(
        _small(EPOCH_10), range(6), Library(table), KNOWN_FAMILIES, window_blocks=32, crowd_every=150
    )
    return data, table.tensor()


def _silent(gain: float = 0.4) -> Policy:
    policy = Policy(PolicyConfig(encoder_size=8, feedback_gain=gain, members=2))
    policy.load_state_dict({name: torch.zeros_like(weight) for name, weight in policy.state_dict().items()})
    for member in policy.readers:
        torch.nn.init.constant_(member.bias, -100.0)
    return policy.eval()


@pytest.mark.parametrize("definition", [EPOCH_10, EPOCH_20])
def test_without_words_the_policy_runs_the_plant_as_feedback_does(
    plant: tuple[PlantData, torch.Tensor], definition: Definition
) -> None:
    data, table = plant
    here = _small(definition)
    policy = _silent().double()
    controller = PolicyOnPlant(policy, block_texts(policy, as_texts(data.readings), table), level=0.02)
    got, expected = run(here, data.traces, controller), run(here, data.traces, Proportional(0.4, 0.05 + 0.02))
    np.testing.assert_allclose(got.decided, expected.decided, atol=1e-12)


@pytest.mark.parametrize("definition", [EPOCH_10, EPOCH_20])
def test_the_mean_course_is_the_plants(plant: tuple[PlantData, torch.Tensor], definition: Definition) -> None:
    data, table = plant
    # Episodes begin with difficulty in balance, which a plant is not in for a while after the hash rate has changed.
    traces = replace(data.traces, hash_rates=np.ones_like(data.traces.hash_rates))
    data = replace(data, traces=traces)
    here = _small(definition)
    log = run(here, traces, Proportional(0.4, 0.05)).log
    policy = _silent()
    torch.manual_seed(2)
    with torch.inference_mode():
        course = mean_course(
            policy,
            torch.tensor(0.0),
            TensorPlant(data),
            here,
            table.float(),
            usual_phi=float(log[:, 60:, PHI].mean()),
            episodes=1_000,
            blocks=200,
        )
    assert float(course.phi[:, 60:].mean()) == pytest.approx(log[:, 60:, PHI].mean(), abs=0.012)
    assert float(course.backlog[:, 60:].mean()) == pytest.approx(log[:, 60:, BACKLOG].mean() / _CAPACITY, rel=0.2)


@pytest.mark.parametrize("engine", [name for name in ENGINES if name != "pow"])
def test_phi_of_the_mean_course_is_the_plants_under_every_engine(engine: str) -> None:
    definition = replace(EPOCH_10, blocks=2_000, engine=ENGINES[engine])
    traces = draw_traces(definition, range(12), crowd_every=150)
    length = traces.hash_rates.shape[1]
    nothing = Reading(np.zeros((length, 1), np.int64), np.zeros((length, 1), np.float32))
    # Episodes begin anywhere in the traces, with difficulty in balance: so the plant's are counted once it is.
    phi = run(replace(definition, blocks=3_300), traces, Proportional(0.4, 0.05)).log[:, 500:, PHI].mean()
    data = TensorPlant(PlantData(definition, traces, (nothing,) * 12))
    torch.manual_seed(2)
    with torch.inference_mode():
        course = mean_course(
            *(_silent(), torch.tensor(0.0), data, definition, torch.zeros(1, 8)),
            usual_phi=float(phi),
            episodes=1_000,
            blocks=200,
        )
    assert float(course.phi[:, 60:].mean()) == pytest.approx(phi, abs=0.012)


@pytest.mark.parametrize("p", [1, 2, 5, 9])
@pytest.mark.parametrize("engine", [Work(), Slots(5, (1.0,)), Turns(10, 0.0), Turns(10, 0.2)])
def test_rounds_of_the_mean_course_last_as_on_the_plant(engine: Engine, p: int) -> None:
    luck = torch.empty(500, dtype=torch.float64).exponential_(generator=torch.Generator().manual_seed(p))
    rounds = rounds_of(engine)
    # A hair more than p: a whole number is rounded to itself, whatever chance says.
    expected = torch.full_like(luck, p * (1 + 1e-12) / rounds.units, requires_grad=True)
    got = round_length(engine, expected, luck)
    want = [length_of_round(rounds, float(p), 1.0, each) for each in luck.tolist()]
    np.testing.assert_allclose(got.detach().numpy(), want, rtol=1e-9)
    (slope,) = torch.autograd.grad(got.sum(), expected)
    assert (slope > 0).all()


@pytest.mark.parametrize("engine", ENGINES)
def test_gradients_through_the_mean_course_point_the_right_way(
    plant: tuple[PlantData, torch.Tensor], engine: str
) -> None:
    data, table = plant
    data = replace(data, definition=replace(data.definition, engine=ENGINES[engine]))
    level = torch.tensor(0.0, requires_grad=True)
    torch.manual_seed(2)
    course = mean_course(
        _silent(0.0), level, TensorPlant(data), EPOCH_10, table.float(), usual_phi=0.0, episodes=50, blocks=100
    )
    (of_phi,) = torch.autograd.grad(course.phi.mean(), level, retain_graph=True)
    (of_backlog,) = torch.autograd.grad(course.backlog.mean(), level)
    assert 0.8 < float(of_phi) <= 1.0
    assert float(of_backlog) < -1


def test_both_lessons_have_someone_hostile(
    plant: tuple[PlantData, torch.Tensor], monkeypatch: pytest.MonkeyPatch
) -> None:
    data, table = plant
    policy, heard = Policy(PolicyConfig(encoder_size=8)), []

    def beside(of: Policy, said: Sequence[torch.Tensor]) -> list[torch.Tensor]:
        heard.append((said[0], attacked := beside_hostile(of, said)))
        return attacked

    for lesson in (imitation, mean_course_module):
        monkeypatch.setattr(lesson, "beside_hostile", beside)
    windows = reader_windows(data, 32, Proportional(0.4, 0.05))
    imitation_loss(policy, windows.some(torch.arange(64)), table.float())
    Refinement(policy, [TensorPlant(data)], table.float()).loss()
    assert len(heard) == 2
    for alone, attacked in heard:
        changed = (attacked[0] != alone).flatten(1).any(dim=1).float().mean()
        assert 0 < float(changed) < 1


def test_what_text_adds_at_rest_has_a_price(
    plant: tuple[PlantData, torch.Tensor], monkeypatch: pytest.MonkeyPatch
) -> None:
    data, table = plant
    policy = _silent()
    for member in policy.readers:
        torch.nn.init.constant_(member.bias, 0.0)  # half the cap at all times, whatever is said

    def loss() -> float:
        torch.manual_seed(5)
        return float(Refinement(policy, [TensorPlant(data)], table.float()).loss().detach())

    priced = loss()
    monkeypatch.setattr(refinement, "_REST_PRICE", 0.0)
    assert priced - loss() == pytest.approx(_REST_PRICE * policy.config.text_cap / 2, rel=1e-3)
