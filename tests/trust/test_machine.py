"""Any sequence of calls by anyone, in any blocks: after each, the contracts hold exactly what the model does.

The model (`model.py`) says of every call whether it must revert and with which error, so that a call taken too easily
fails here as one refused without reason does. A call that reverts must leave every storage slot as it was.
"""

import random
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import astuple, fields, replace
from typing import Any, ClassVar

import hypothesis.strategies as st
import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from oracle.formulas.asert import Anchor
from oracle.formulas.exp_table import q85_to_wad
from oracle.formulas.lanes import MAX_LANE, MIN_LANE, WAD, lane_to_wad, pack, phi_hash
from oracle.report.limits import Limits
from oracle.report.signing import Report
from oracle.report.signing import digest as product_digest
from tests.contracts.stage import LIMITS
from tests.trust.evm import Reverted
from tests.trust.model import Model
from tests.trust.runs import FACTOR, spaced
from tests.trust.scene import (
    ANCHOR_DIFFICULTY,
    BLOCK_SECONDS,
    GENESIS_NUMBER,
    GENESIS_TIMESTAMP,
    GUARDIAN,
    HALF_LIFE_SECONDS,
    MODEL_HASH,
    OPERATORS,
    OWNER,
    STRANGER,
    THETA_MAX_WAD,
    THETA_MIN_WAD,
    THRESHOLD,
    Scene,
)
from tests.trust.signing import address, digest, sign_all

_FEWER_EXAMPLES, _EXAMPLES, _STEPS = 130, 430, 50
_ANCHOR = Anchor(ANCHOR_DIFFICULTY, GENESIS_NUMBER, GENESIS_TIMESTAMP, BLOCK_SECONDS, HALF_LIFE_SECONDS)
# Operators that may be rotated in, the first five of them at the start.
_CANDIDATES = tuple(range(1000, 1012))
_MAX_NODES_HERE = 60

_seed = st.integers(0, (1 << 32) - 1)
# Of any size, and whole lane units, where the bounds on many nodes at once are exact.
_theta0 = st.integers(THETA_MIN_WAD, THETA_MAX_WAD) | st.integers(3277, 1 << 15).map(lane_to_wad)
# Of limits, by the unit that their names end in.
_OF_UNIT = {
    "lane": st.sampled_from([0, 1, 500, 2500, 6000, 20_000, 32_767, 32_768, 65_535]),
    "bps": st.sampled_from([10_000, 10_001, 10_500, 11_000, 30_000, (1 << 32) - 1]),
    "blocks": st.sampled_from([0, 1, 3, 6]),
    "seconds": st.sampled_from([0, 1, 60, 100, 600, 1000]),
}
_limits = st.builds(Limits, **{limit.name: _OF_UNIT[limit.name.rpartition("_")[2]] for limit in fields(Limits)})


class Machine(RuleBasedStateMachine):
    """One network under every kind of call."""

    counts: ClassVar[Counter[str]] = Counter()

    def __init__(self) -> None:
        super().__init__()
        self.scene = Scene(nodes=0)
        self.oracle = self.scene.oracle
        self.model = Model(
            theta_min=THETA_MIN_WAD,
            theta_max=THETA_MAX_WAD,
            limits=LIMITS,
            operators=OPERATORS,
            threshold=THRESHOLD,
            guardian=GUARDIAN,
            model_hash=MODEL_HASH,
            number=GENESIS_NUMBER,
            timestamp=GENESIS_TIMESTAMP,
        )
        self.model.number, self.model.timestamp = self.scene.chain.number, self.scene.chain.timestamp
        self.applied: list[bytes] = []
        self._register([WAD // 2] * 18)

    # What every step does

    def _do(self, function: str, *arguments: Any, sender: int, expected: str | None) -> None:
        self._call(self.oracle.data(function, *arguments), function, sender=sender, expected=expected)

    def _call(self, data: bytes, function: str, *, sender: int, expected: str | None) -> None:
        before = self.scene.state()
        got = None
        try:
            self.scene.chain.call(self.oracle.address, data, sender=address(sender))
        except Reverted as error:
            got = error.name
            assert self.scene.state() == before, f"{function} reverted and changed a slot"
        assert got == expected, f"{function}: {got or 'taken'}, but the model says {expected or 'taken'}"
        self.counts[f"{function} {'taken' if got is None else got}"] += 1

    def _look(self, data: bytes, function: str, *, expected: str | None) -> None:
        """As `_call`, of a view."""
        got = None
        try:
            self.oracle.words(data)
        except Reverted as error:
            got = error.name
        assert got == expected, f"{function}: {got or 'taken'}, but the model says {expected or 'taken'}"

    def _move(self, blocks: int, seconds: int) -> None:
        chain, model = self.scene.chain, self.model
        chain.at(number=chain.number + blocks, timestamp=chain.timestamp + seconds)
        model.number, model.timestamp = chain.number, chain.timestamp

    def _register(self, theta0: list[int]) -> None:
        miners = [address(5000 + i) for i in range(len(theta0))]
        expected = self.model.register(theta0)
        self.scene.nodes = len(self.model.theta0)
        self._do("register", miners, theta0, sender=OWNER, expected=expected)

    # Time

    @rule(blocks=st.integers(0, 8), seconds=st.sampled_from([0, 1, 9, 10, 11, 60]))
    def mine(self, blocks: int, seconds: int) -> None:
        self.counts["blocks"] += 1
        self._move(blocks, seconds * blocks)

    @rule(seconds=st.sampled_from([99, 100, 590, 600, 601, 5000, 10**6]))
    def silence(self, seconds: int) -> None:
        self.counts["silence"] += 1
        self._move(1, seconds)

    # Owner

    @rule(theta0=st.lists(_theta0, max_size=5))
    def register(self, theta0: list[int]) -> None:
        if len(self.model.theta0) + len(theta0) <= _MAX_NODES_HERE:
            self._register(theta0)

    @rule(theta0=st.sampled_from([0, 1, THETA_MIN_WAD - 1, WAD + 1, (1 << 63) - 1, 1 << 63, (1 << 256) - 1]))
    def register_beyond_bounds(self, theta0: int) -> None:
        self._register([THETA_MAX_WAD, theta0])

    @rule(pick=st.integers(0, 70))
    def retire(self, pick: int) -> None:
        self._do("retire", pick, sender=OWNER, expected=self.model.retire(pick))

    @rule(pick=st.integers(0, 70), value=_theta0 | st.sampled_from([0, WAD, WAD + 1, 1 << 64, (1 << 256) - 1]))
    def set_theta0(self, pick: int, value: int) -> None:
        self._do("setTheta0", pick, value, sender=OWNER, expected=self.model.set_theta0(pick, value))

    @rule(low=st.sampled_from([0, WAD // 10, WAD // 5, WAD // 2]), high=st.sampled_from([WAD // 4, WAD, WAD, WAD + 1]))
    def set_theta_bounds(self, low: int, high: int) -> None:
        self._do("setThetaBounds", low, high, sender=OWNER, expected=self.model.set_theta_bounds(low, high))

    @rule(limits=st.just(LIMITS) | _limits)
    def set_limits(self, limits: Limits) -> None:
        self._do("setLimits", astuple(limits), sender=OWNER, expected=self.model.set_limits(limits))

    @rule(
        operators=st.lists(st.sampled_from(_CANDIDATES), max_size=8) | st.permutations(_CANDIDATES),
        past_half=st.integers(-1, 5),
    )
    def rotate(self, operators: list[int], past_half: int) -> None:
        threshold = max(0, len(operators) // 2 + past_half)
        expected = self.model.set_operators(tuple(operators), threshold)
        addresses = [address(number) for number in operators]
        self._do("setOperators", addresses, threshold, sender=OWNER, expected=expected)

    @rule(sender=st.sampled_from([OWNER, GUARDIAN, STRANGER, OPERATORS[0]]))
    def pause(self, sender: int) -> None:
        allowed = sender in (OWNER, GUARDIAN)
        self._do("pause", sender=sender, expected=self.model.pause() if allowed else "NotGuardianOrOwner")

    @rule(sender=st.sampled_from([OWNER, OWNER, GUARDIAN, STRANGER]))
    def unpause(self, sender: int) -> None:
        expected = self.model.unpause() if sender == OWNER else "OwnableUnauthorizedAccount"
        self._do("unpause", sender=sender, expected=expected)

    @rule(sender=st.sampled_from([GUARDIAN, STRANGER, *OPERATORS]), call=st.integers(0, 10), pick=st.integers(0, 30))
    def usurp(self, sender: int, call: int, pick: int) -> None:
        """The owner's calls by anyone else, with arguments that the owner could use."""
        calls: list[tuple[Any, ...]] = [
            ("register", [address(sender)], [WAD // 2]),
            ("retire", pick),
            ("setTheta0", pick, WAD // 2),
            ("setMiner", pick, address(sender)),
            ("setThetaBounds", 0, WAD),
            ("setLimits", astuple(LIMITS)),
            ("setOperators", [address(sender)], 1),
            ("setGuardian", address(sender)),
            ("setModelHash", MODEL_HASH),
            ("transferOwnership", address(sender)),
            ("renounceOwnership",),
        ]
        self._do(*calls[call], sender=sender, expected="OwnableUnauthorizedAccount")

    @rule()
    def renounce(self) -> None:
        self._do("renounceOwnership", sender=OWNER, expected="OwnerRequired")

    # Reports

    def _report(self, lanes: Sequence[int], **changes: Any) -> Report:
        model = self.model
        valid = Report(
            epoch=model.epoch + 1,
            from_block=min(model.to_block + 1, model.number - 1),
            to_block=model.number - 1,
            deadline=model.timestamp + 100,
            window_hash=b"\1" * 32,
            model_hash=model.model_hash,
            phi_hash=phi_hash(pack(lanes)),
        )
        return replace(valid, **changes)

    def _submit(
        self,
        report: Report,
        words: list[int],
        *,
        signers: Sequence[int],
        signed: Report | None = None,
        sparse: bool = False,
    ) -> None:
        """Submit `report` with signatures over `signed`."""
        signatures = sign_all(signed or report, signers, chain_id=self.scene.chain_id, contract=self.oracle.address)
        before = self.model.copy()
        expected = self.model.report(report, signers, words, replayed=signed is not None and signed != report)
        if sparse and len(words) == -(-len(before.lanes) // 16):
            preview = self.oracle.data("previewReport", astuple(report), signatures, words, before.model_hash)
            self._look(preview, "previewReport", expected=expected)
            changed = [w for w, word in enumerate(words) if word != pack(before.lanes)[w]]
            bitmap = sum(1 << w for w in changed)
            data = self.oracle.data(
                "submitSparseReport", astuple(report), signatures, [bitmap], [words[w] for w in changed]
            )
            self._call(data, "submitSparseReport", sender=STRANGER, expected=expected)
        else:
            data = self.oracle.data("submitReport", astuple(report), signatures, words)
            self._call(data, "submitReport", sender=STRANGER, expected=expected)
        if expected is None:
            self.applied.append(data)
            for node, active in enumerate(self.model.active):
                theta = self.model.theta(node)
                assert self.model.within(theta) if active else theta == 0

    def _signers(self, rng: random.Random) -> list[int]:
        model = self.model
        count = rng.randint(model.threshold, len(model.operators))
        return [model.operators[index] for index in sorted(rng.sample(range(len(model.operators)), count))]

    def _wish(self, rng: random.Random) -> list[int]:
        scale = rng.choice([1, 300, 3000, 32_767])
        kind = rng.random()
        if kind < 0.15:
            return [rng.choice([-scale, scale])] * len(self.model.lanes)
        return [rng.randint(-scale, scale) for _ in self.model.lanes]

    @rule(seed=_seed, count=st.integers(1, 3))
    def report(self, seed: int, count: int) -> None:
        """Lanes that the model allows, as soon as spacing does; most often after the owner resumed reports."""
        rng, model = random.Random(seed), self.model
        if model.paused and rng.random() < 0.8:
            self._do("unpause", sender=OWNER, expected=model.unpause())
        for _ in range(count):
            self._move(*model.wait(BLOCK_SECONDS))
            lanes = model.allowed(self._wish(rng))
            self._submit(self._report(lanes), pack(lanes), signers=self._signers(rng), sparse=rng.random() < 0.3)
            self.holds_what_the_model_does()

    @rule(seed=_seed)
    def report_at_once(self, seed: int) -> None:
        """Lanes of any size, at any moment."""
        rng = random.Random(seed)
        lanes = self._wish(rng) if rng.random() < 0.7 else self.model.allowed(self._wish(rng))
        self._submit(self._report(lanes), pack(lanes), signers=self._signers(rng), sparse=rng.random() < 0.3)

    @rule(seed=_seed, past=st.sampled_from([-1, 0, 1]), all_nodes=st.booleans())
    def report_at_the_edges(self, seed: int, past: int, all_nodes: bool) -> None:
        """One node at an end of its own bounds, or one past; or all nodes at the same end, whatever the sum."""
        rng, model = random.Random(seed), self.model
        if not model.lanes:
            return
        self._move(*model.wait(BLOCK_SECONDS))
        end = rng.choice([MIN_LANE, MAX_LANE])
        far = model.within_own_bounds([end] * len(model.lanes))
        lanes = far if all_nodes else model.allowed(model.lanes)
        node = rng.randrange(len(lanes))
        outward = past if end == MAX_LANE else -past
        lanes[node] = max(MIN_LANE, min(MAX_LANE, far[node] + outward))
        self._submit(self._report(lanes), pack(lanes), signers=self._signers(rng), sparse=rng.random() < 0.3)

    @rule(seed=_seed, field=st.sampled_from(["epoch", "from_block", "to_block", "deadline", "model_hash", "phi_hash"]))
    def report_with_another_field(self, seed: int, field: str) -> None:
        """Signed as it is, valid in all but one field; that one may be valid too."""
        rng, model = random.Random(seed), self.model
        others: dict[str, list[Any]] = {
            "epoch": [0, model.epoch, model.epoch + 2, model.epoch + 1 + (1 << 32), (1 << 64) - 1],
            "from_block": [0, model.number - 1, model.number, (1 << 64) - 1],
            "to_block": [0, model.to_block, model.to_block + 1, model.number, model.number + (1 << 40), (1 << 64) - 1],
            "deadline": [0, model.timestamp - 1, model.timestamp, (1 << 64) - 1],
            "model_hash": [b"\0" * 32, b"\1" * 32],
            "phi_hash": [b"\0" * 32, phi_hash([1])],
        }
        lanes = model.allowed(self._wish(rng))
        changes: dict[str, Any] = {field: rng.choice(others[field])}
        self._submit(self._report(lanes, **changes), pack(lanes), signers=self._signers(rng))

    @rule(seed=_seed, kind=st.sampled_from(["stranger", "few", "unordered", "twice", "former", "another report"]))
    def report_with_other_signers(self, seed: int, kind: str) -> None:
        rng, model = random.Random(seed), self.model
        lanes = model.allowed(self._wish(rng))
        report, signers = self._report(lanes), self._signers(rng)
        signed = None
        if kind == "stranger":
            signers[rng.randrange(len(signers))] = STRANGER
        elif kind == "few":
            signers = signers[: rng.randrange(model.threshold)]
        elif kind == "unordered":
            rng.shuffle(signers)
        elif kind == "twice":
            signers.insert(rng.randrange(len(signers) + 1), rng.choice(signers))
        elif kind == "former":
            signers[-1] = rng.choice(_CANDIDATES)
        else:
            signed = replace(report, window_hash=b"\2" * 32)
        self._submit(report, pack(lanes), signers=signers, signed=signed)

    @rule(seed=_seed)
    def report_with_other_words(self, seed: int) -> None:
        """The operators signed these words, and there are too many, too few, or some beyond the last node."""
        rng, model = random.Random(seed), self.model
        words = pack(model.allowed(self._wish(rng)))
        kind = rng.randrange(3)
        if kind == 0:
            words = words[:-1]
        elif kind == 1:
            words.append(0)
        else:
            words[-1] ^= 1 << rng.randrange(256)
        self._submit(self._report([], phi_hash=phi_hash(words)), words, signers=self._signers(rng))

    @rule(pick=_seed)
    def replay(self, pick: int) -> None:
        """The very bytes of a report that was applied."""
        if self.applied:
            data = self.applied[pick % len(self.applied)]
            expected = "Paused" if self.model.paused else "EpochNotConsecutive"
            self._call(data, "replay", sender=STRANGER, expected=expected)

    @rule(sender=st.sampled_from([OWNER, STRANGER]), late=st.sampled_from([None, -1, 0, 99, 100, 250, 1500]))
    def relax(self, sender: int, late: int | None) -> None:
        model = self.model
        if late is not None:  # once stale, by so much; or a second before
            self._move(1, max(0, model.report_timestamp + model.limits.max_age_seconds + 1 + late - model.timestamp))
        before = model.copy()
        self._do("relax", sender=sender, expected=model.relax())
        for node in range(len(model.lanes)):
            ends = sorted([before.theta(node), model.theta0[node]])
            assert ends[0] <= model.theta(node) <= ends[1]

    # What holds after every step

    @invariant()
    def holds_what_the_model_does(self) -> None:
        model, oracle = self.model, self.oracle
        count = len(model.theta0)
        words = -(-count // 16)
        assert oracle.words(oracle.data("sumExpQ85")) == (model.sum,)
        assert oracle.words(oracle.data("nodeCount")) == (count,)
        assert oracle.words(oracle.data("activeCount")) == (sum(model.active),)
        assert oracle.words(_all(oracle.data, "thetas"))[2:] == tuple(map(model.theta, range(count)))
        assert oracle.words(_all(oracle.data, "theta0s"))[2:] == tuple(model.theta0)
        assert oracle.words(_all(oracle.data, "phiWords"))[2:] == tuple(pack(model.lanes))
        retired = sum(1 << node for node, active in enumerate(model.active) if not active)
        assert oracle.words(_all(oracle.data, "retiredWords"))[2:] == (retired,)
        assert len(pack(model.lanes)) == words
        assert oracle.words(oracle.data("lastReport")) == (
            model.epoch,
            model.to_block,
            model.report_number,
            model.report_timestamp,
        )
        assert oracle.words(oracle.data("halvings")) == (model.halvings,)
        assert oracle.words(oracle.data("paused")) == (int(model.paused),)
        assert oracle.words(oracle.data("thetaBounds")) == (model.theta_min, model.theta_max)
        assert oracle.words(oracle.data("limits")) == astuple(model.limits)
        assert oracle.words(oracle.data("threshold")) == (model.threshold,)
        assert oracle.words(oracle.data("operators"))[2:] == tuple(int(address(n), 16) for n in model.operators)
        assert oracle.words(oracle.data("owner")) == (int(address(OWNER), 16),)
        assert oracle.words(oracle.data("guardian")) == (int(address(model.guardian), 16),)
        age = model.timestamp - model.report_timestamp
        limit = model.limits.max_age_seconds
        assert oracle.words(oracle.data("staleness")) == (int(age > limit), age, limit)

    @invariant()
    def difficulty_follows(self) -> None:
        model, controller = self.model, self.scene.controller
        d = _ANCHOR.base_difficulty_at(height=model.number, timestamp_seconds=model.timestamp)
        sum_wad = q85_to_wad(model.sum)
        p = max(1, min(d * WAD // sum_wad, (1 << 256) - 1))
        got = controller.words(controller.data("current"))
        assert got == (model.number, model.timestamp, d, sum_wad, p)


def _all(data: Callable[..., bytes], function: str) -> bytes:
    return data(function, 0, (1 << 256) - 1)


@pytest.mark.parametrize("examples", [_FEWER_EXAMPLES, pytest.param(_EXAMPLES * FACTOR, marks=pytest.mark.long)])
def test_no_sequence_of_calls_makes_contracts_and_model_differ(measured: Callable[[str], None], examples: int) -> None:
    Machine.counts.clear()
    run_state_machine_as_test(
        Machine,
        settings=settings(
            max_examples=examples,
            stateful_step_count=_STEPS,
            derandomize=True,
            database=None,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
    counts = Machine.counts
    steps = counts.total()
    taken = counts["submitReport taken"] + counts["submitSparseReport taken"]
    refused = sum(count for call, count in counts.items() if " " in call and not call.endswith(" taken"))
    assert steps >= 46 * examples
    assert taken >= steps // 20, counts.most_common()
    errors = {call.split()[1] for call in counts if " " in call} - {"taken"}
    if examples != _FEWER_EXAMPLES:  # the page has the figures of the longer run
        measured(
            f"state machine over PhiOracle and DifficultyController: {spaced(steps)} steps, {spaced(taken)} reports "
            f"applied, {spaced(refused)} calls refused for {len(errors)} reasons"
        )


def test_the_fast_digest_is_the_contracts() -> None:
    scene = Scene()
    report = scene.report([1] * 20)
    expected = product_digest(report, chain_id=scene.chain_id, oracle_address=scene.oracle.address)
    assert digest(report, chain_id=scene.chain_id, contract=scene.oracle.address) == expected
    assert scene.oracle.read("reportDigest", astuple(report)) == expected
