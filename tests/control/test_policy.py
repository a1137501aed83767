"""The policy of the bundle in the package, on windows: what moves phi, and what cannot."""

import random
from dataclasses import replace

import numpy as np
import pytest
from eth_abi.abi import encode
from hypothesis import given, settings
from hypothesis import strategies as st

from oracle.control.announced import AHEAD
from oracle.control.evidence import Evidence
from oracle.control.policy import PolicyController
from oracle.control.prospect import start_of
from oracle.model.bundle import Bundle
from oracle.window.texts import text_shares
from oracle.window.window import Window
from tests.examples import BOUNDS, block, busy_window, nodes, transaction, window

ANNOUNCING = ["public sale of solar shares opens soon, get ready", "free mint for everyone shortly, be quick"]
TALKING = ["thanks for lunch with all of you", "happy birthday from all of us"]


@pytest.fixture(scope="module")
def policy(bundle: Bundle) -> PolicyController:
    return PolicyController(bundle)


def text_part(policy: PolicyController, seen: Window) -> float:
    """What text adds to mean phi."""
    evidence = policy.evidence_of(text_shares(seen), seen.interval_seconds)
    common = policy.common(seen, start_of(seen), evidence)
    return common.with_text - common.without_text


def phi(policy: PolicyController, seen: Window) -> float:
    return float(policy.decide(seen).phi.mean())


def loaded(texts: list[str], *, per_block: int = 10) -> Window:
    """At a load that leaves little room, so that a crowd would have to wait."""
    return busy_window(texts, per_block=per_block)


def test_announcements_of_a_crowd_raise_phi_above_small_talk(policy: PolicyController) -> None:
    announced, talked = loaded(ANNOUNCING), loaded(TALKING)
    assert phi(policy, announced) > phi(policy, talked)
    assert text_part(policy, announced) > 0.02
    assert text_part(policy, talked) == 0


def test_what_says_nothing_adds_exactly_nothing(policy: PolicyController) -> None:
    """Kinds of calls announce nothing, nor do codes, data and signs."""
    chance = random.Random(5)
    letters = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
    unknown = b"\xff\xfe\xfd\xfc"
    multicall = bytes.fromhex("ac9650d8") + encode(["bytes[]"], [[bytes(68), bytes(100)]])
    mint = bytes.fromhex("40c10f19") + encode(["address", "uint256"], ["0x" + "11" * 20, 7])
    inscription = b'data:,{"p":"erc-20","op":"mint","tick":"eths","id":"1","amt":"1000"}'
    pinned = unknown + encode(["string"], ["Qm" + "".join(chance.choices(letters, k=44))])
    for data in (b"", multicall, mint, inscription, pinned):
        blocks = [
            block(number, [transaction(100 * number + i, sender=i, calldata=data) for i in range(12)])
            for number in range(1, 13)
        ]
        assert text_part(policy, window(blocks)) == 0


def test_without_any_transaction_or_under_a_heavy_load_text_adds_nothing_where_there_is_none(
    policy: PolicyController,
) -> None:
    for per_block in (0, 1, 20, 40):
        assert text_part(policy, busy_window([], per_block=per_block)) == 0


def test_what_lies_beyond_the_horizon_or_is_over_adds_nothing(policy: PolicyController) -> None:
    for when in ("in 3 weeks", "next year", "never", "yesterday", "in 55 minutes"):
        assert text_part(policy, loaded([f"public sale of solar shares opens {when}, get ready"])) == 0
    assert text_part(policy, loaded(["public sale of solar shares opens in 2 minutes, get ready"])) > 0.02


def test_words_add_no_more_than_the_cap_of_the_bundle(bundle: Bundle) -> None:
    capped = PolicyController(replace(bundle, config=replace(bundle.config, text_cap=0.02)))
    seen = loaded(ANNOUNCING)
    assert text_part(PolicyController(bundle), seen) > 0.03
    assert text_part(capped, seen) == pytest.approx(0.02, abs=1e-12)


def test_called_off_by_as_many_as_announced_little_is_left_after_five_blocks(policy: PolicyController) -> None:
    def said(number: int, text: str) -> list[bytes]:
        return [text.encode().ljust(80)] + [b""] * 9

    announce, cancel = ANNOUNCING[0], "the public sale is cancelled, please send nothing"

    def with_end(text: str) -> Window:
        texts = [announce] * 20 + [text] * 5
        return window(
            [
                block(
                    number,
                    [
                        replace(transaction(100 * number + i, sender=i), calldata=data)
                        for i, data in enumerate(said(number, text))
                    ],
                )
                for number, text in enumerate(texts, 1)
            ]
        )

    still = text_part(policy, with_end(announce))
    assert still > 0.02
    assert text_part(policy, with_end(cancel)) < still / 3


@settings(max_examples=40)
@given(st.integers(0, 2**31), st.floats(0, 1), st.integers(0, 40))
def test_text_raises_phi_by_the_cap_at_most_and_never_lowers_it_whatever_it_says(
    bundle: Bundle, seed: int, share: float, per_block: int
) -> None:
    policy, seen = PolicyController(bundle), busy_window([], per_block=per_block)
    random_ = np.random.default_rng(seed)
    blocks = len(seen.blocks)
    evidence = Evidence(
        share * random_.random((blocks, 1)) * random_.dirichlet(np.full(AHEAD, 0.1), blocks),
        (1 - share) * random_.random(blocks),
    )
    common = policy.common(seen, start_of(seen), evidence)
    assert 0 <= common.with_text - common.without_text <= bundle.config.text_cap


@given(st.integers(0, 40), st.integers(-13_000, 13_000), st.integers(0, 2_000))
@settings(max_examples=30)
def test_phi_keeps_the_contracts_bounds_and_step(bundle: Bundle, per_block: int, lane: int, backlog: int) -> None:
    seen = replace(
        busy_window(ANNOUNCING, per_block=per_block), nodes=nodes(3, lane=lane), backlog_transactions=backlog
    )
    phi = PolicyController(bundle).decide(seen).phi
    theta = 0.5 + phi
    assert (theta >= 0.1 - 1e-9).all()
    assert (theta <= 1 + 1e-9).all()
    low, high = max(-0.5, 0.1 - 0.5), min(0.5, 0.5)
    within = min(high, max(low, lane / 2**15))
    assert abs(float(phi.mean()) - within) <= BOUNDS.max_step_lane / 2**15 + 1e-9


def test_more_load_and_more_backlog_raise_phi(policy: PolicyController) -> None:
    calm, crowded = busy_window(TALKING, per_block=6), busy_window(TALKING, per_block=24)
    assert phi(policy, crowded) > phi(policy, calm)
    waiting = replace(calm, backlog_transactions=300)
    assert phi(policy, waiting) > phi(policy, calm)


def test_any_number_of_nodes_gets_one_phi_each(policy: PolicyController) -> None:
    for count in (0, 1, 1000):
        found = policy.decide(replace(busy_window(TALKING, blocks=3), nodes=nodes(count))).phi
        assert found.shape == (count,)
        assert np.isfinite(found).all()


def test_a_window_of_one_empty_block_still_gives_phi(policy: PolicyController) -> None:
    assert np.isfinite(policy.decide(busy_window([], blocks=1, per_block=0)).phi).all()


def test_what_was_read_ahead_changes_no_phi(bundle: Bundle) -> None:
    policy, seen = PolicyController(bundle), busy_window(ANNOUNCING)
    bundle.reader.forget()
    cold = policy.decide(seen).phi
    bundle.reader.forget()
    for each in seen.blocks:
        policy.prepare(each, 16)
    assert np.array_equal(policy.decide(seen).phi, cold)
