"""Someone hostile beside whom a policy is trained: a tenth of a block, in part of the windows, at its worst."""

import numpy as np
import pytest
import torch

from oracle.model.policy import NODE_FEATURES, Policy, PolicyConfig
from oracle.training.hostile import RAISED_WINDOWS, SILENCED_WINDOWS, beside_hostile, beside_one
from oracle.training.pooling import HOSTILE_SHARE, as_texts, block_texts, values_of
from oracle.training.readings import Reading
from oracle.window.numbers import CHANNELS

_READING = Reading(np.array([[3, 0], [4, 5]], np.int32), np.array([[1.0, 0.0], [0.75, 0.25]], np.float32))


@pytest.fixture
def policy() -> Policy:
    torch.manual_seed(4)
    return Policy(PolicyConfig(encoder_size=8, text_size=4, hidden_size=8, members=2)).eval()


def test_a_tenth_of_a_block_says_what_the_sender_likes() -> None:
    hostile = as_texts([_READING]).with_hostile(torch.tensor([[9, 0]]))
    expected = [[[1 - HOSTILE_SHARE, 0, HOSTILE_SHARE], [0.75, 0.25, 0]]]
    np.testing.assert_allclose(hostile.weights, expected, atol=1e-6)
    assert hostile.index.tolist() == [[[3, 0, 9], [4, 5, 0]]]
    np.testing.assert_allclose(hostile.weights.sum(dim=-1), 1, atol=1e-6)


def test_a_block_says_what_its_texts_say_by_weight(policy: Policy) -> None:
    table = torch.randn(10, 8)
    with torch.no_grad():
        values = values_of(policy, table)
    for said, value in zip(block_texts(policy, as_texts([_READING]), table), values, strict=True):
        expected = torch.stack([value[3], 0.75 * value[4] + 0.25 * value[5]])
        torch.testing.assert_close(said, expected.unsqueeze(0))


def test_part_of_the_windows_has_someone_hostile(policy: Policy) -> None:
    said = [torch.rand(4_000, 6, 8) for _ in policy.readers]
    torch.manual_seed(1)
    beside = beside_hostile(policy, said)
    low, high = (beside_one(policy, said[0], lowering=lowering) for lowering in (True, False))
    silenced, raised, alone = (
        float((beside[0] == each).all(dim=-1).all(dim=-1).float().mean()) for each in (low, high, said[0])
    )
    assert silenced == pytest.approx(SILENCED_WINDOWS, abs=0.03)
    assert raised == pytest.approx(RAISED_WINDOWS, abs=0.03)
    assert silenced + raised + alone == pytest.approx(1)


@pytest.mark.parametrize("lowering", [True, False])
def test_what_is_trained_beside_lies_within_the_bound_and_moves_phi(policy: Policy, lowering: bool) -> None:
    said = [torch.rand(20, 32, 28) for _ in policy.readers]
    policy = Policy(PolicyConfig(encoder_size=8, members=2)).eval()
    numbers, nodes = torch.rand(20, 32, len(CHANNELS)), torch.rand(20, 1, NODE_FEATURES)

    def residual(heard: list[torch.Tensor]) -> torch.Tensor:
        with torch.no_grad():
            return policy.residual_of(heard, numbers, nodes)

    bound = residual([policy.at_worst(each, HOSTILE_SHARE, lowest=lowering) for each in said])
    moved, alone = residual([beside_one(policy, each, lowering=lowering) for each in said]), residual(said)
    assert ((bound <= moved) & (moved < alone) if lowering else (bound >= moved) & (moved > alone)).all()
