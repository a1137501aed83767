"""Whether a set-up of an operator would work: one finding for each thing that has to be right."""

import os
import shutil
import sqlite3
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

from oracle.chain.connection import Chain, connect
from oracle.chain.contracts import Contracts, OracleState, operator_positions
from oracle.chain.deployment import find_deployment
from oracle.chain.money import ether
from oracle.chain.redact import shown_url
from oracle.chain.remote_signer import RemoteSigner
from oracle.control.choice import FEEDBACK, POLICY, hash_named
from oracle.errors import CatalystError
from oracle.report.signer import Signer
from oracle.service.funds import WARNING_REPORTS, look_at_funds
from oracle.service.peers import PeerAway, fetch_signatures, first_line, peer_client
from oracle.settings import OracleSettings

_REPORT_GAS = 400_000  # about what a report of a hundred nodes takes, before one of this chain is known
_LEAST_FREE_BYTES = 200 * 1024 * 1024
_CLOCK_SECONDS = 60


@dataclass(frozen=True)
class Finding:
    """What one check found."""

    what: str
    ok: bool
    says: str  # one sentence

    def as_json(self) -> dict[str, Any]:
        """For `--json`."""
        return vars(self)


@dataclass(frozen=True)
class CheckOptions:
    """The options of `catalyst oracle` that matter."""

    rpcs: Sequence[str]
    deployments: Path
    keys: Sequence[Signer]
    peers: Sequence[str]
    bundle: Path | None
    settings: OracleSettings
    state: Path


@dataclass(frozen=True)
class _Place:
    """What the later checks stand on."""

    chain: Chain
    contracts: Contracts
    state: OracleState
    head: int


def check(options: CheckOptions) -> Iterator[Finding]:
    """All findings, in the order in which their subjects depend on each other."""
    yield Finding("configuration", True, "every option can be used")
    yield from _disk(options.state)
    alive: dict[str, Chain] = {}
    for url in options.rpcs:
        first = next(iter(alive.values()), None)
        finding, found = _rpc(url, options.settings.depth_blocks, first)
        if found is not None:
            alive[url] = found
        yield finding
    if not alive:
        yield Finding("contracts", False, "cannot be looked at: no node of --rpc works")
        return
    try:
        chain = connect(*alive)
        contracts = Contracts(chain, find_deployment(chain, options.deployments).addresses())
        head = chain.head()
        place = _Place(chain, contracts, contracts.oracle_state(head), head)
    except CatalystError as error:
        yield Finding("contracts", False, str(error))
        return
    yield Finding("contracts", True, f"{contracts.addresses.oracle} and the others have this version's code")
    one_by_one: Sequence[Callable[[_Place, CheckOptions], Iterator[Finding]]] = (
        _agreement,
        _timing,
        _model,
        _keys,
        _signers,
        _balance,
        _clock,
        _peers,
    )
    for each in one_by_one:
        try:
            yield from each(place, options)
        except CatalystError as error:
            yield Finding(each.__name__.strip("_"), False, str(error))


def _rpc(url: str, depth_blocks: int, first: Chain | None) -> tuple[Finding, Chain | None]:
    """One node by itself: who it is, how fast, and how far back its states go; it must serve the chain of the first."""
    what = f"rpc {shown_url(url)}"
    try:
        started = time.monotonic()
        chain = connect(url)
        milliseconds = 1e3 * (time.monotonic() - started)
        head = chain.head()
        old = max(1, head - depth_blocks - 300)
        archive = "keeps old states"
        try:
            chain.request("eth_getBalance", ["0x" + "00" * 20, hex(old)])
        except CatalystError:
            archive = f"keeps no states as old as block {old}, which only `catalyst verify` and recovery need"
    except CatalystError as error:
        return Finding(what, False, str(error)), None
    says = f"chain {chain.chain_id}, block {head}, answers in {milliseconds:.0f} ms, {archive}"
    if first is not None and (chain.chain_id, chain.genesis_hash) != (first.chain_id, first.genesis_hash):
        other = f"chain {chain.chain_id} of genesis 0x{chain.genesis_hash.hex()}"
        return Finding(what, False, f"serves {other}, and {first.name} another: leave one out of --rpc"), None
    return Finding(what, True, says), chain


def _agreement(place: _Place, options: CheckOptions) -> Iterator[Finding]:
    if options.settings.finality is None:
        settled_block = place.head - options.settings.depth_blocks
    else:
        settled_block = place.chain.block_named(options.settings.finality)
    have, nodes = place.chain.survey(settled_block), len(options.rpcs)
    if nodes == 1:
        yield Finding("settled block", True, f"it is block {settled_block}")
    elif have == nodes:
        yield Finding("settled block", True, f"all {nodes} nodes have the same block {settled_block}")
    else:
        says = f"{have} of {nodes} nodes have block {settled_block}; wait for the others, or leave them out of --rpc"
        yield Finding("settled block", False, says)


def _timing(place: _Place, options: CheckOptions) -> Iterator[Finding]:
    least_seconds = options.settings.least_deadline_seconds(place.contracts.anchor.interval_seconds)
    ok = options.settings.deadline_seconds >= least_seconds
    says = f"reports live {options.settings.deadline_seconds} s, and {least_seconds} s are needed at least"
    yield Finding("deadline", ok, says if ok else f"{says}: raise --deadline-seconds")
    if place.state.paused:
        yield Finding("reports", False, "the guardian has paused reports; nothing is sent until they are resumed")


def _model(place: _Place, options: CheckOptions) -> Iterator[Finding]:
    expected = place.state.model_hash
    is_feedback = options.bundle is None and expected == hash_named(FEEDBACK, None)
    ours = hash_named(FEEDBACK if is_feedback else POLICY, options.bundle)
    says = f"φ is by {'feedback' if is_feedback else 'the policy of the bundle'}, model 0x{ours.hex()}"
    if ours != expected:
        says += f", and the contract expects 0x{expected.hex()}: give --bundle that model"
    yield Finding("model", ours == expected, says)


def _keys(place: _Place, options: CheckOptions) -> Iterator[Finding]:
    operators, threshold = place.state.operators, place.state.threshold
    held = operator_positions(options.keys, operators)
    if not held:
        addresses = ", ".join(key.address for key in options.keys) or "none"
        yield Finding("key", False, f"no key given is an operator's ({addresses}); have the owner call setOperators")
        return
    for index, account in held.items():
        yield Finding("key", True, f"{account.address} is operator {index} of {len(operators)}; {threshold} must sign")
    if len(held) + len(options.peers) < threshold:
        says = f"{len(held)} keys and {len(options.peers)} peers cannot make {threshold} signatures; give --peer"
        yield Finding("committee", False, says)


def _signers(place: _Place, options: CheckOptions) -> Iterator[Finding]:
    """Each key that is elsewhere: whether it would sign for this chain."""
    for key in options.keys:
        if isinstance(key, RemoteSigner):
            what = f"signer {key.shown}"
            try:
                key.try_out(place.chain.chain_id)
            except CatalystError as error:
                yield Finding(what, False, str(error))
            else:
                yield Finding(what, True, f"signs documents and transactions of this chain by key {key.address}")


def _balance(place: _Place, options: CheckOptions) -> Iterator[Finding]:
    if not options.keys:
        yield Finding("balance", False, "no key is given to pay with")
        return
    funds = look_at_funds(place.chain, options.keys[0].address, _REPORT_GAS, place.chain.base_fee())
    left = funds.reports_left
    says = f"{funds.address} holds {ether(funds.balance_wei)} ETH, about {left} reports at the fees of now"
    enough = funds.problem is None and (left is None or left >= WARNING_REPORTS)
    yield Finding("balance", enough, says if enough else f"{says}; send it more")


def _clock(place: _Place, _: CheckOptions) -> Iterator[Finding]:
    ahead = time.time() - place.chain.timestamp(place.head)
    bound = max(_CLOCK_SECONDS, 10 * place.contracts.anchor.interval_seconds)
    says = f"this machine's is {abs(ahead):.0f} s {'ahead of' if ahead >= 0 else 'behind'} block {place.head}'s"
    ok = -_CLOCK_SECONDS <= ahead <= bound
    yield Finding("clock", ok, says if ok else f"{says}: the chain has halted, or one of the two clocks is wrong")


def _peers(place: _Place, options: CheckOptions) -> Iterator[Finding]:
    epoch = place.state.epoch
    own = _own_digests(options.state, epoch)
    for url in options.peers:
        what = f"peer {shown_url(url)}"
        try:
            found = fetch_signatures(peer_client(url), epoch)
        except PeerAway as error:
            yield Finding(what, False, f"{error}; start its daemon, or correct --peer")
            continue
        except ValueError as error:
            yield Finding(what, False, f"answers what is no list of signatures: {first_line(error)}; correct --peer")
            continue
        other = [each for each in found.signatures if own.get(each.reference_hash, each.digest) != each.digest]
        same = [each for each in found.signatures if own.get(each.reference_hash) == each.digest]
        if other:
            says = f"signed {other[0].digest} for epoch {epoch}, and we {own[other[0].reference_hash]}"
            yield Finding(what, False, f"{says}: compare model and settings")
        elif same:
            yield Finding(what, True, f"signed the same digest for epoch {epoch}")
        else:
            yield Finding(what, True, f"answers; no digest of epoch {epoch} is signed on both sides")


def _own_digests(path: Path, epoch: int) -> Mapping[str, str]:
    """What the journal says was signed here for an epoch: digests by hash of the reference block."""
    if not path.exists():
        return {}
    try:
        with closing(sqlite3.connect(f"file:{quote(str(path.absolute()))}?mode=ro", uri=True)) as database:
            query = "SELECT reference_hash, digest FROM signatures WHERE epoch = ?"
            return dict(database.execute(query, (epoch,)).fetchall())
    except sqlite3.Error:
        return {}  # said of the disk already


def _disk(path: Path) -> Iterator[Finding]:
    """The journal's file, and room for it."""
    folder = next(each for each in (path.parent, *path.absolute().parents) if each.is_dir())
    if not os.access(folder, os.W_OK):
        yield Finding("disk", False, f"{folder} cannot be written to; give --state a file in a writable folder")
        return
    free = shutil.disk_usage(folder).free
    if free < _LEAST_FREE_BYTES:
        says = f"{free >> 20} MiB are free in {folder}; make room for {_LEAST_FREE_BYTES >> 20} at least"
        yield Finding("disk", False, says)
        return
    says = f"{free >> 20} MiB are free, and {path} is not there yet"
    if path.exists():
        try:
            with closing(sqlite3.connect(f"file:{quote(str(path.absolute()))}?mode=ro", uri=True)) as database:
                (found,) = database.execute("PRAGMA quick_check(1)").fetchone()
                database.execute("SELECT count(*) FROM signatures").fetchone()
        except sqlite3.Error as error:
            found = str(error)
        if found != "ok":
            yield Finding("disk", False, f"journal {path} is damaged ({found}); run `catalyst journal recover`")
            return
        says = f"{free >> 20} MiB are free, and journal {path} is sound"
    yield Finding("disk", True, says)
