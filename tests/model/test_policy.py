"""What no text can do to phi, whatever the weights of the policy and whatever the text says."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from oracle.model.policy import NODE_FEATURES, UNHEEDED_SHARE, Policy, PolicyConfig
from oracle.window.numbers import CHANNELS

_SMALL = PolicyConfig(encoder_size=8, text_size=3, against_size=2, hidden_size=5, window_blocks=6, members=2)
_TEXTS, _NODES, _WINDOWS = 4, 3, 2


def _policy(seed: int, scale: float) -> Policy:
    torch.manual_seed(seed)
    policy = Policy(_SMALL).double().eval()
    with torch.no_grad():
        for parameter in policy.parameters():
            parameter.copy_(scale * torch.randn_like(parameter))
    return policy


def _window(blocks: int) -> dict[str, torch.Tensor]:
    weights = torch.rand(_WINDOWS, blocks, _TEXTS, dtype=torch.float64)
    return {
        "numbers": 8 * torch.randn(_WINDOWS, blocks, len(CHANNELS), dtype=torch.float64),
        "embeddings": torch.randn(_WINDOWS, _TEXTS, _SMALL.encoder_size, dtype=torch.float64) / 3,
        "weights": weights / weights.sum(dim=-1, keepdim=True),
        "nodes": torch.randn(_WINDOWS, _NODES, NODE_FEATURES, dtype=torch.float64),
    }


@settings(max_examples=100)
@given(
    seed=st.integers(0, 2**31),
    scale=st.floats(0.05, 3),
    blocks=st.integers(1, 6),
    share=st.floats(0.0, 1.0),
    loudness=st.floats(0.1, 1e6),
)
def test_a_share_of_the_weight_moves_phi_within_what_is_known_beforehand(
    seed: int, scale: float, blocks: int, share: float, loudness: float
) -> None:
    policy, window = _policy(seed, scale), _window(blocks)
    said = [window["weights"] @ member.values(window["embeddings"]) for member in policy.readers]
    low, high = (
        policy.residual_of(
            [policy.at_worst(each, share, lowest=lowest) for each in said], window["numbers"], window["nodes"]
        )
        for lowest in (True, False)
    )
    # Someone says what they like, a text of its own in every block, with at most its share of each.
    own = loudness * torch.randn(_WINDOWS, blocks, _SMALL.encoder_size, dtype=torch.float64)
    shares = torch.eye(blocks, dtype=torch.float64).expand(_WINDOWS, -1, -1) * share
    attacked = policy.text_residual(
        window["numbers"],
        torch.cat([window["embeddings"], own], dim=1),
        torch.cat([(1 - share) * window["weights"], shares], dim=-1),
        window["nodes"],
    )
    assert (attacked >= low - 1e-12).all()
    assert (attacked <= high + 1e-12).all()


@settings(max_examples=50)
@given(seed=st.integers(0, 2**31), scale=st.floats(0.05, 3))
def test_a_tenth_takes_nothing_back_that_others_announce(seed: int, scale: float) -> None:
    policy, window = _policy(seed, scale), _window(6)
    against = slice(_SMALL.text_size, None)
    said = [torch.rand(_WINDOWS, 6, _SMALL.text_size + _SMALL.against_size, dtype=torch.float64) for _ in range(2)]
    for each in said:
        each[..., against] = 0  # nobody else takes anything back
    silent = [(1 - UNHEEDED_SHARE) * each for each in said]
    lied = [policy.at_worst(each, UNHEEDED_SHARE, lowest=True) for each in said]
    assert all(float(each[..., against].min()) == UNHEEDED_SHARE for each in lied)
    torch.testing.assert_close(
        policy.residual_of(lied, window["numbers"], window["nodes"]),
        policy.residual_of(silent, window["numbers"], window["nodes"]),
    )


def test_more_than_a_tenth_can_take_back_what_is_announced() -> None:
    policy, window = _policy(1, 0.5), _window(6)
    said = [torch.full((_WINDOWS, 6, 5), 0.3, dtype=torch.float64) for _ in range(2)]
    taken_back = [policy.at_worst(each, 0.5, lowest=True) for each in said]
    silent = [policy.at_worst(each, 0.5, lowest=False) for each in said]
    before, after = (policy.residual_of(each, window["numbers"], window["nodes"]) for each in (silent, taken_back))
    assert (after < before).all()


@settings(max_examples=30)
@given(seed=st.integers(0, 2**31), scale=st.floats(0.1, 1000), blocks=st.integers(1, 6))
def test_text_raises_phi_by_the_cap_at_most_and_never_lowers_it_whatever_the_weights(
    seed: int, scale: float, blocks: int
) -> None:
    policy, window = _policy(seed, scale), _window(blocks)
    feedback = policy.feedback(window["numbers"], window["nodes"])
    residual = policy.text_residual(**window)
    assert residual.min() >= 0
    assert residual.max() <= _SMALL.text_cap
    phi = policy(**window)
    assert (phi >= feedback).all()
    assert (phi - feedback).max() <= _SMALL.text_cap + 1e-12
    assert phi.abs().max() <= _SMALL.max_phi


def test_of_the_numbers_load_and_the_last_backlog_alone_are_read() -> None:
    policy, window = _policy(5, 0.5), _window(4)
    phi = policy(**window)
    read = torch.zeros_like(window["numbers"], dtype=torch.bool)
    read[:, :, CHANNELS.index("load")] = True
    read[:, -1, CHANNELS.index("backlog")] = True
    assert torch.equal(policy(**window | {"numbers": torch.where(read, window["numbers"], torch.nan)}), phi)
    for channel in ("load", "backlog"):
        changed = window["numbers"].clone()
        changed[:, -1, CHANNELS.index(channel)] = 0.2
        assert not torch.equal(policy(**window | {"numbers": changed}), phi)


def test_a_channel_that_is_added_changes_no_phi() -> None:
    policy, window = _policy(5, 0.5), _window(4)
    added = torch.randn(_WINDOWS, 4, 1, dtype=torch.float64)
    wider = window | {"numbers": torch.cat([window["numbers"], added], dim=-1)}
    assert torch.equal(policy(**wider), policy(**window))


def test_a_young_window_reads_as_one_whose_older_blocks_say_nothing() -> None:
    policy, window = _policy(3, 0.5), _window(4)
    older = {
        "numbers": torch.cat([torch.zeros(_WINDOWS, 2, len(CHANNELS)), window["numbers"]], dim=1),
        "weights": torch.cat([torch.zeros(_WINDOWS, 2, _TEXTS), window["weights"]], dim=1),
    }
    torch.testing.assert_close(policy.text_residual(**window), policy.text_residual(**window | older))


@pytest.mark.parametrize("share", [0.1, 0.3])
@pytest.mark.parametrize("lowest", [True, False])
def test_the_bound_is_no_further_off_than_the_share_itself(share: float, lowest: bool) -> None:
    policy, window = _policy(2, 0.5), _window(6)
    member = policy.readers[0]
    with torch.no_grad():  # a text that says all that speaks for load and nothing against, or the other way round
        member.said.weight.zero_()
        member.said.weight[:, 0] = torch.tensor([1e6] * 3 + [-1e6] * 2)
        own = torch.zeros(_WINDOWS, 1, _SMALL.encoder_size, dtype=torch.float64)
        own[..., 0] = -1.0 if lowest else 1.0
        said = window["weights"] @ member.values(window["embeddings"])
        reached = (1 - share) * said + share * member.values(own)
    beyond = policy.at_worst(said, share, lowest=lowest) - reached
    sign = torch.tensor([-1.0] * 3 + [1.0] * 2) * (1 if lowest else -1)
    assert (beyond * sign >= -1e-12).all()
    assert (beyond.abs() <= share).all()
