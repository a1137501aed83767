"""Hostile texts: their share of a block, and that those found move the policy as far as any."""

import numpy as np
import pytest
import torch

from oracle.model.policy import NODE_FEATURES, Policy, PolicyConfig
from oracle.training.hostile import HOSTILE_WINDOWS, extreme_rows, hostile_rows
from oracle.training.policy_on_plant import LOAD
from oracle.training.pooling import HOSTILE_SHARE, Texts, as_texts, block_texts, values_of
from oracle.training.readings import Reading


@pytest.fixture
def policy() -> Policy:
    torch.manual_seed(4)
    return Policy(PolicyConfig(encoder_size=8, text_size=4, hidden_size=8, members=2)).eval()


def _texts(windows: int) -> Texts:
    weights = torch.rand(windows, 6, 5)
    return Texts(torch.randint(1, 40, (windows, 6, 5)), weights / weights.sum(dim=-1, keepdim=True))


def test_a_tenth_of_a_block_says_what_the_sender_likes() -> None:
    reading = Reading(np.array([[3, 0], [4, 5]], np.int32), np.array([[1.0, 0.0], [0.75, 0.25]], np.float32))
    hostile = as_texts([reading]).with_hostile(torch.tensor([[9, 0]]))
    expected = [[[1 - HOSTILE_SHARE, 0, HOSTILE_SHARE], [0.75, 0.25, 0]]]
    np.testing.assert_allclose(hostile.weights, expected, atol=1e-6)
    assert hostile.index.tolist() == [[[3, 0, 9], [4, 5, 0]]]
    np.testing.assert_allclose(hostile.weights.sum(dim=-1), 1, atol=1e-6)


def test_the_texts_found_move_the_policy_as_far_as_any(policy: Policy) -> None:
    table, texts, nodes = torch.randn(40, 8), _texts(5), torch.rand(5, 1, NODE_FEATURES)
    values = values_of(policy, table)
    candidates = torch.arange(1, 40)
    numbers = torch.zeros(5, 6, policy.config.numeric_channels)
    numbers[..., LOAD] = 1.0
    with torch.no_grad():
        moved = [
            float(
                policy.residual_of(
                    texts.with_hostile(torch.full((5, 1), row)).pooled(policy, values), numbers, nodes
                ).mean()
            )
            for row in candidates.tolist()
        ]
    up, down = extreme_rows(policy, texts, values, nodes, candidates)
    assert [int(up) - 1, int(down) - 1] == [int(np.argmax(moved)), int(np.argmin(moved))]


def test_part_of_the_windows_has_someone_hostile(policy: Policy) -> None:
    table, texts = torch.randn(40, 8), _texts(400)
    torch.manual_seed(1)
    rows = hostile_rows(policy, texts, values_of(policy, table), torch.rand(400, 1, NODE_FEATURES))
    assert rows.shape == (400, 1)
    assert float((rows > 0).float().mean()) == pytest.approx(HOSTILE_WINDOWS, abs=0.08)
    assert len(set(rows.flatten().tolist())) == 3


def test_runs_are_pooled_as_their_texts_are(policy: Policy) -> None:
    table, texts = torch.randn(40, 8), _texts(3)
    with torch.no_grad():
        together = texts.pooled(policy, values_of(policy, table))
    for one, other in zip(block_texts(policy, texts, table), together, strict=True):
        torch.testing.assert_close(one, other)
