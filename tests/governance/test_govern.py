"""`catalyst govern`: what is scheduled waits, may be vetoed, comes once, and nothing is done twice."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from oracle.chain.connection import Chain
from oracle.control.feedback import FeedbackController
from oracle.errors import CallRefused, DeploymentError, InputError, SettingsError
from oracle.formulas.lanes import WAD
from oracle.governance import changes
from oracle.governance.changes import Change, rotated
from oracle.governance.govern import cancel, execute, find, pause, schedule, standing, standing_as_json
from oracle.governance.operation import numbered
from oracle.governance.timelock import State, Timelock
from tests.governance.site import (
    DELAY,
    GUARDIAN,
    NEXT_GUARDIAN,
    OPERATORS,
    STRANGER,
    Deployed,
    Site,
    embedded_site,
    site_on,
)

OTHER_MODEL = FeedbackController().model_hash


@pytest.fixture(scope="module")
def deployed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployed]:
    with embedded_site(tmp_path_factory.mktemp("deployed")) as made:
        yield made


@pytest.fixture
def embedded(deployed: Deployed, tmp_path: Path) -> Site:
    return deployed.restored(tmp_path)


@pytest.fixture
def on_anvil(tmp_path: Path) -> Iterator[Site]:
    with site_on("anvil", tmp_path) as made:
        yield made


@pytest.fixture(params=["embedded", "on_anvil"])
def site(request: pytest.FixtureRequest) -> Site:
    found = request.getfixturevalue(request.param)
    assert isinstance(found, Site)
    return found


def _new_model(timelock: Timelock) -> Change:
    return changes.model(timelock, OTHER_MODEL)


def _new_bounds(timelock: Timelock) -> Change:
    return changes.theta_bounds(timelock, WAD // 5, WAD)


def _silent(_: str) -> None:
    pass


def _scheduled(site: Site, change: Callable[[Timelock], Change] = _new_model) -> str:
    identity = schedule(site.by(), change, _silent)
    assert identity is not None
    return "0x" + identity.hex()


def test_a_change_is_scheduled_waits_is_vetoed_is_scheduled_again_and_comes(site: Site) -> None:
    identity = _scheduled(site)
    with pytest.raises(CallRefused, match=rf"{identity}: waiting: can be executed from .* on, in \d+ s"):
        execute(site.by(), identity, _silent)
    cancel(site.by(GUARDIAN), identity, _silent)
    site.wait()
    with pytest.raises(CallRefused, match=r"cancelled in block .*; schedule it again if it is still wanted"):
        execute(site.by(), identity, _silent)
    assert site.contracts.oracle_state().model_hash != OTHER_MODEL

    assert _scheduled(site) == identity
    site.wait()
    execute(site.by(), identity, _silent)
    assert site.contracts.oracle_state().model_hash == OTHER_MODEL
    states = [each.state(0) for each in site.by().timelock.scheduled()]
    assert states == [State.CANCELLED, State.DONE]


def test_each_change_comes_as_it_was_scheduled(on_anvil: Site) -> None:
    site = on_anvil
    pause(site.by(GUARDIAN), _silent)
    wanted: list[Callable[[Timelock], Change]] = [
        _new_model,
        _new_bounds,
        lambda timelock: changes.limits(timelock, max_step_lane=1000, min_spacing_blocks=7),
        lambda timelock: changes.operators(timelock, [OPERATORS[3]], [OPERATORS[1]], 3),
        lambda timelock: changes.guardian(timelock, NEXT_GUARDIAN.address),
        lambda timelock: changes.delay(timelock, 3_600),
        changes.unpause,
        lambda timelock: changes.any_call(timelock, "setTheta0", [2, str(6 * WAD // 10)], again=False),
    ]
    identities = [_scheduled(site, change) for change in wanted]
    site.wait()
    for identity in identities:
        execute(site.by(), identity, _silent)
    state = site.contracts.oracle_state()
    assert state.operators == (OPERATORS[0], OPERATORS[3], OPERATORS[2])
    assert (state.threshold, state.model_hash, state.paused) == (3, OTHER_MODEL, False)
    assert (state.limits.max_step_lane, state.limits.min_spacing_blocks) == (1000, 7)
    assert site.contracts.theta_bounds(site.owned.chain.head()) == (WAD // 5, WAD)
    assert site.contracts.node(2).theta0_wad == 6 * WAD // 10
    assert site.contracts.guardian() == NEXT_GUARDIAN.address
    timelock = site.by().timelock
    assert timelock.delay_seconds() == 3_600
    assert timelock.roles()["canceller"] == [site.owner.address, NEXT_GUARDIAN.address]
    said: list[str] = []
    for change in wanted[:-1]:
        assert schedule(site.by(), change, said.append) is None
    assert set(said) == {"it is so already: nothing is scheduled"}


# Run again


class _Killed(Exception):
    pass


@pytest.mark.parametrize("moment", ["before sending", "sent and mined later", "mined"])
@pytest.mark.parametrize("step", ["schedule", "cancel", "execute"])
def test_a_run_that_was_killed_is_run_again_and_nothing_is_done_twice(
    embedded: Site, monkeypatch: pytest.MonkeyPatch, step: str, moment: str
) -> None:
    send_raw = Chain.send_raw

    def killed(chain: Chain, raw: bytes, transaction_hash: bytes) -> None:
        if moment != "before sending":
            send_raw(chain, raw, transaction_hash)
        if moment == "mined":
            embedded.owned.next_block(10)
        raise _Killed

    def run() -> None:
        if step == "schedule":
            schedule(embedded.by(), _new_model, _silent)
        elif step == "cancel":
            cancel(embedded.by(GUARDIAN), identity, _silent)
        else:
            execute(embedded.by(), identity, _silent)

    identity = "" if step == "schedule" else _scheduled(embedded)
    if step == "execute":
        embedded.wait()
    key = GUARDIAN if step == "cancel" else embedded.owner
    nonce = embedded.owned.chain.nonce(key.address)
    with monkeypatch.context() as patched:
        patched.setattr(Chain, "send_raw", killed)
        with pytest.raises(_Killed):
            run()
    if moment == "sent and mined later":
        embedded.owned.next_block(10)
    run()
    run()
    assert embedded.owned.chain.nonce(key.address) == nonce + 1
    (only,) = embedded.by().timelock.scheduled()
    ended = {"schedule": None, "cancel": State.CANCELLED, "execute": State.DONE}[step]
    assert only.ended is ended


def test_what_an_earlier_run_sent_is_waited_for(on_anvil: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    send_raw, nonce, looked = Chain.send_raw, Chain.nonce, [0]

    def killed(chain: Chain, raw: bytes, transaction_hash: bytes) -> None:
        send_raw(chain, raw, transaction_hash)
        raise _Killed

    def mined_at_the_second_look(chain: Chain, address: str, *, pending: bool = False) -> int:
        looked[0] += pending
        if looked[0] == 2:
            on_anvil.owned.next_block(10)
        return nonce(chain, address, pending=pending)

    with monkeypatch.context() as patched:
        patched.setattr(Chain, "send_raw", killed)
        with pytest.raises(_Killed):
            schedule(on_anvil.by(), _new_model, _silent)
    monkeypatch.setattr(Chain, "nonce", mined_at_the_second_look)
    said: list[str] = []
    schedule(on_anvil.by(), _new_model, said.append)
    assert looked == [2]
    assert re.fullmatch("0x[0-9a-f]{64} is scheduled already", said[0])


def test_the_same_change_can_come_again_later_under_another_id(embedded: Site) -> None:
    before = embedded.contracts.oracle_state().model_hash
    there, back = _new_model, lambda timelock: changes.model(timelock, before)
    identities = []
    for change in (there, back, there):
        identities.append(_scheduled(embedded, change))
        embedded.wait()
        execute(embedded.by(), identities[-1], _silent)
    assert len(set(identities)) == 3
    assert embedded.contracts.oracle_state().model_hash == OTHER_MODEL


def test_any_call_is_made_once_unless_it_is_asked_for_again(embedded: Site) -> None:
    def register(again: bool) -> Callable[[Timelock], Change]:
        arguments = [[STRANGER.address], [str(WAD // 2)]]
        return lambda timelock: changes.any_call(timelock, "register", arguments, again=again)

    identity = _scheduled(embedded, register(again=False))
    embedded.wait()
    execute(embedded.by(), identity, _silent)
    said: list[str] = []
    assert schedule(embedded.by(), register(again=False), said.append) is None
    assert "were executed before" in said[0]
    second = _scheduled(embedded, register(again=True))
    embedded.wait()
    execute(embedded.by(), second, _silent)
    assert second != identity
    assert embedded.contracts.node_count() == 5


# Refusals


def test_only_who_may_does(embedded: Site) -> None:
    for key in (GUARDIAN, STRANGER):
        with pytest.raises(CallRefused, match=f"{key.address} is not who schedules changes at the timelock"):
            schedule(embedded.by(key), _new_model, _silent)
    identity = _scheduled(embedded)
    with pytest.raises(CallRefused, match=f"{STRANGER.address} is not who cancels them"):
        cancel(embedded.by(STRANGER), identity, _silent)
    embedded.wait()
    for key in (GUARDIAN, STRANGER):
        with pytest.raises(CallRefused, match=f"{key.address} is not who executes them"):
            execute(embedded.by(key), identity, _silent)
    for key in (embedded.owner, STRANGER):
        with pytest.raises(CallRefused, match=f"{key.address} may not pause reports; the guardian, {GUARDIAN.address}"):
            pause(embedded.by(key), _silent)
    execute(embedded.by(), identity, _silent)
    with pytest.raises(CallRefused, match=r"was executed in block .*; schedule what undoes it"):
        cancel(embedded.by(GUARDIAN), identity, _silent)


def test_what_the_contracts_would_refuse_is_refused_before_it_is_scheduled(embedded: Site) -> None:
    nonce = embedded.owned.chain.nonce(embedded.owner.address)
    for change, error in (
        (lambda timelock: changes.operators(timelock, [], [OPERATORS[0]], 1), r"ThresholdTooLow\(1, 2\)"),
        (lambda timelock: changes.theta_bounds(timelock, WAD, 0), "InvalidThetaBounds"),
        (lambda timelock: changes.delay(timelock, 60), r"DelayOutOfBounds\(60, 3600, 2592000\)"),
        (lambda timelock: changes.model(timelock, bytes(32)), "ZeroModelHash"),
    ):
        with pytest.raises(CallRefused, match=error):
            schedule(embedded.by(), change, _silent)
    assert embedded.owned.chain.nonce(embedded.owner.address) == nonce


def test_two_open_operations_do_not_change_the_same(embedded: Site) -> None:
    """The second was made for a committee that the first replaces."""
    identity = _scheduled(embedded, lambda timelock: changes.operators(timelock, [OPERATORS[3]], [], 3))
    with pytest.raises(SettingsError, match=f"operation {identity} is open and changes the same"):
        schedule(embedded.by(), lambda timelock: changes.operators(timelock, [], [OPERATORS[0]], 2), _silent)
    cancel(embedded.by(GUARDIAN), identity, _silent)
    _scheduled(embedded, lambda timelock: changes.operators(timelock, [], [OPERATORS[0]], 2))


def test_the_proposer_cannot_be_made_guardian(embedded: Site) -> None:
    with pytest.raises(SettingsError, match="cannot be who objects"):
        schedule(embedded.by(), lambda timelock: changes.guardian(timelock, embedded.owner.address), _silent)


def test_an_operation_is_found_by_the_beginning_of_its_id(embedded: Site) -> None:
    identity = _scheduled(embedded)
    timelock = embedded.by().timelock
    assert find(timelock, identity[:8]).id.hex() == identity[2:]
    assert find(timelock, identity.upper().replace("0X", "0x")).id.hex() == identity[2:]
    with pytest.raises(SettingsError, match="too short"):
        find(timelock, identity[:7])
    with pytest.raises(SettingsError, match="0 operations have an id that begins with 0xffffff"):
        find(timelock, "0xffffff")


@pytest.mark.parametrize(
    ("function", "arguments", "error"),
    [
        ("nonesuch", [], "neither PhiOracle nor OwnerTimelock has a function nonesuch"),
        ("theta0", [1], "neither PhiOracle nor OwnerTimelock has a function theta0"),
        ("setTheta0", [1], r"setTheta0 takes 2 arguments \(uint256, uint256\), and 1 came"),
        ("setTheta0", ["x", 1], "'x' is no uint256"),
        ("setTheta0", [-1, 1], "setTheta0 cannot be called with that"),
        ("setMiner", [1, "0x12"], "'0x12' is no address"),
        ("setModelHash", ["0xzz"], "'0xzz' is no bytes32"),
    ],
)
def test_refuses_a_call_that_is_none(embedded: Site, function: str, arguments: list[object], error: str) -> None:
    with pytest.raises(InputError, match=error):
        changes.any_call(embedded.by().timelock, function, arguments, again=False)


def test_a_deployment_without_a_timelock_is_said_to_have_none(embedded: Site) -> None:
    del embedded.record.contracts["OwnerTimelock"]
    embedded.record.save()
    with pytest.raises(DeploymentError, match=r"which is no timelock of .*; have `catalyst deploy --timelock-seconds`"):
        embedded.by()


# Words


def test_the_list_says_who_may_what_and_what_is_open(embedded: Site) -> None:
    site = embedded
    identity = _scheduled(site)
    lines = standing(site.by(), everything=False)
    text = "\n".join(lines)
    timelock = site.record.contracts["OwnerTimelock"].address
    assert f"administrator {timelock}" in text
    for role, who in (("proposer", site.owner.address), ("executor", site.owner.address)):
        assert f"{role:14}{who}\n" in text
    assert f"canceller     {site.owner.address}, {GUARDIAN.address}" in text
    assert identity in text
    assert f"  PhiOracle.setModelHash(model 0x{OTHER_MODEL.hex()})" in lines
    cancel(site.by(GUARDIAN), identity, _silent)
    assert standing(site.by(), everything=False)[-1] == "no operation is open"
    data = standing_as_json(site.by(), everything=True)
    (only,) = data["operations"]
    assert (only["id"], only["state"], data["delay_seconds"]) == (identity, "cancelled", DELAY)


def test_what_other_tools_scheduled_is_executed_too(embedded: Site) -> None:
    """By `schedule` in place of `scheduleBatch`, with a salt of its own."""
    governed = embedded.by()
    timelock, sender = governed.timelock, governed.sender
    assert sender is not None
    (call,) = _new_model(timelock).calls
    salt = b"\x09" * 32
    sender.call(timelock.calls, {}, "schedule", call.target, 0, call.data, bytes(32), salt, DELAY)
    (found,) = timelock.scheduled()
    assert found.id == found.operation.single_id != found.operation.id
    embedded.wait()
    execute(embedded.by(), found.id.hex(), _silent)
    assert embedded.contracts.oracle_state().model_hash == OTHER_MODEL


# Pure


def test_ids_are_those_of_the_contract(embedded: Site) -> None:
    timelock = embedded.by().timelock
    for number in (0, 1, 9_999):
        operation = numbered(changes.guardian(timelock, NEXT_GUARDIAN.address).calls, number)
        assert operation.id == timelock.calls.read("hashOperationBatch", *operation.batch)
    single = numbered(_new_model(timelock).calls, 3)
    assert single.single_id == timelock.calls.read("hashOperation", *single.single)


def test_who_comes_takes_the_place_of_who_goes() -> None:
    assert rotated("abc", ["d"], ["b"]) == ("a", "d", "c")
    assert rotated("abc", ["d", "e"], ["c"]) == ("a", "b", "d", "e")
    assert rotated("abc", [], ["a", "c"]) == ("b",)
    assert rotated("abc", ["a", "d", "d"], ["x"]) == ("a", "b", "c", "d")
    with pytest.raises(SettingsError, match="a is to be added and removed"):
        rotated("abc", ["a"], ["a"])
