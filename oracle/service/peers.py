"""The signatures of other operators, pulled from their daemons. Nothing that a peer says is taken on trust.

A signature proves itself: it recovers to an operator over the digest that was derived here. So a peer that lies, hangs
or answers rubbish costs its own signature and no more.
"""

import logging
import threading
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextvars import copy_context
from dataclasses import dataclass

import requests
from pydantic import ValidationError
from requests.exceptions import RequestException

from oracle.chain.redact import distinct_urls, hide
from oracle.report.signing import CompactSignature, Report, signer_of
from oracle.service.answers import ReportFields, SignaturesAnswer
from oracle.service.derive import Derived
from oracle.service.signatures import compact_of, report_as_json

log = logging.getLogger(__name__)

_MOST_BYTES = 256 * 1024
_CONNECT_SECONDS, _ANSWER_SECONDS = 1.0, 3.0
_STEP_WAITS_SECONDS = 1.0  # for peers; those that take longer are asked by the next step
_CHUNK_BYTES = 16 * 1024


@dataclass(frozen=True)
class PeerState:
    """What a peer said last."""

    url: str  # as it may be shown
    reachable: bool
    agrees: bool | None  # with our digest, for the same epoch and reference block; None where it signed none there
    says: str  # in words
    is_awaited: bool = False  # it may sign yet


class Peers:
    """The daemons of other operators."""

    def __init__(self, urls: Sequence[str]) -> None:
        for url in urls:
            hide(url)
        self.urls = tuple(url.rstrip("/") for url in urls)
        self._shown = dict(zip(self.urls, distinct_urls(self.urls), strict=True))
        self._pool = ThreadPoolExecutor(max(1, len(urls)), thread_name_prefix="peer")
        self._asked: dict[str, tuple[Derived, Future[SignaturesAnswer]]] = {}  # under way: our report, their answer
        self._sessions = threading.local()
        # Of the report that is due: its digest, the signatures that were found, and peers that need not be asked again.
        self._digest: bytes | None = None
        self._found: dict[int, CompactSignature] = {}
        self._heard: set[str] = set()
        self.states: dict[str, PeerState] = {}  # by URL as shown
        self.agreed: dict[str, bool] = {}  # by URL as shown: with the last report that both sides signed
        self.disagreements = dict.fromkeys(self._shown.values(), 0)  # reports that each signed otherwise than we did

    def ask(self, derived: Derived) -> None:
        """Ask each peer that has not said yet what it signed, and take in what has come; waits for nobody.

        Called at each step while a report is due, so that every operator knows who disagrees, and has the signatures
        when its turn comes.

        Args:
            derived: The report.
        """
        if self._digest != derived.digest:
            self._digest, self._found, self._heard = derived.digest, {}, set()
        self.take_in()
        for url in self.urls:
            if url not in self._heard and url not in self._asked:
                self._asked[url] = derived, self._pool.submit(copy_context().run, self._ask, url, derived.epoch)

    def collect(self, derived: Derived, missing: int) -> Mapping[int, CompactSignature]:
        """Signatures of a report, by operator index: those that are here, and what comes soon.

        Args:
            derived: The report.
            missing: How many are enough; the others are not waited for.
        """
        self.ask(derived)
        deadline = time.monotonic() + _STEP_WAITS_SECONDS
        while len(self._found) < missing and (left := deadline - time.monotonic()) > 0:
            under_way = [future for asked, future in self._asked.values() if asked.digest == derived.digest]
            if not under_way:
                break
            wait(under_way, timeout=left, return_when="FIRST_COMPLETED")
            self.take_in()
        return dict(self._found)

    def take_in(self) -> None:
        """Judge the answers that have come; those about another report than the last are too late to count."""
        for url, (derived, future) in list(self._asked.items()):
            if future.done():
                del self._asked[url]
                valid = self._judged(url, future, derived)
                if derived.digest == self._digest:
                    self._found |= valid

    def close(self) -> None:
        """Ask nobody any more; does not wait for answers under way."""
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _judged(self, url: str, future: "Future[SignaturesAnswer]", derived: Derived) -> Mapping[int, CompactSignature]:
        """The valid signatures of an answer; leaves in `states` what is to be said of the peer."""
        shown = self._shown[url]
        try:
            answer = future.result()
        except (RequestException, OSError) as error:
            self._say(PeerState(shown, False, None, f"does not answer: {type(error).__name__}"))
            return {}
        except ValueError as error:
            self._say(PeerState(shown, True, None, f"answers what is no list of signatures: {first_line(error)}"))
            return {}
        valid, state = judge(shown, answer, derived)
        if state.agrees is not None and derived.digest == self._digest:
            self._heard.add(url)
        self._say(state)
        return valid

    def _say(self, state: PeerState) -> None:
        if self.states.get(state.url) != state and state.agrees is not True and not state.is_awaited:
            log.warning("peer %s %s", state.url, state.says)
            self.disagreements[state.url] += state.agrees is False
        self.states[state.url] = state
        if state.agrees is not None:
            self.agreed[state.url] = state.agrees

    def _ask(self, url: str, epoch: int) -> SignaturesAnswer:
        if not hasattr(self._sessions, "one"):
            self._sessions.one = requests.Session()
        return fetch_signatures(self._sessions.one, url, epoch)


def fetch_signatures(session: requests.Session, url: str, epoch: int) -> SignaturesAnswer:
    """What a daemon says it signed for an epoch, within bounds on time and size.

    Raises:
        RequestException: it does not answer in time.
        ValueError: it answers something else, or too much.
    """
    session.trust_env = False
    deadline = time.monotonic() + _ANSWER_SECONDS
    with session.get(
        f"{url.rstrip('/')}/signatures/{epoch}",
        timeout=(_CONNECT_SECONDS, _ANSWER_SECONDS),
        stream=True,
        allow_redirects=False,
    ) as answer:
        if answer.status_code != requests.codes.ok:
            raise ValueError(f"status {answer.status_code}")
        body = bytearray()
        for chunk in answer.iter_content(_CHUNK_BYTES):
            body += chunk
            if len(body) > _MOST_BYTES:
                raise ValueError(f"more than {_MOST_BYTES} bytes")
            if time.monotonic() > deadline:
                raise requests.Timeout("its answer takes too long")
    return SignaturesAnswer.model_validate_json(bytes(body))


def judge(url: str, answer: SignaturesAnswer, derived: Derived) -> tuple[dict[int, CompactSignature], PeerState]:
    """The signatures of an answer that prove themselves, by operator index, and what is to be said of the peer.

    Args:
        url: The peer's, as it may be shown.
        answer: What it answers.
        derived: The report that was derived here.
    """
    reference = "0x" + derived.reference.hash.hex()
    ours = [each for each in answer.signatures if each.reference_hash == reference and answer.epoch == derived.epoch]
    operators = {address: index for index, address in enumerate(derived.inputs.state.operators)}
    valid: dict[int, CompactSignature] = {}
    for each in ours:
        if each.digest != "0x" + derived.digest.hex():
            field, theirs = first_difference(each.report, derived.proposal.report)
            what = f"signed another report for epoch {derived.epoch}: its {field} is {theirs}"
            return {}, PeerState(url, True, False, what)
        signature = compact_of(each.signature)
        index = operators.get(signer_of(derived.digest, signature) or "")
        if index is None:
            return {}, PeerState(url, True, False, f"gives a signature of {each.signer} that is no operator's")
        valid[index] = signature
    if not valid:
        says = f"has not signed epoch {derived.epoch} at block {derived.reference.block} yet"
        return {}, PeerState(url, True, None, says, is_awaited=True)
    return valid, PeerState(url, True, True, f"signed epoch {derived.epoch}")


def first_difference(theirs: ReportFields, ours: Report) -> tuple[str, str]:
    """The first field in which a report differs from ours, in words, and what it holds there."""
    mine = report_as_json(ours)
    names = ("window_hash", "from_block", "to_block", "model_hash", "phi_hash", "deadline", "epoch")
    words = ("window", "first block", "last block", "model", "φ", "deadline", "epoch")
    for name, word in zip(names, words, strict=True):
        value = getattr(theirs, name)
        if value != mine[name]:
            return word, f"{value}, and ours {mine[name]}"
    return "digest", "of the same fields: it is for another chain or contract"


def first_line(error: ValueError) -> str:
    """What is wrong with an answer, short enough for a log."""
    text = str(error.errors()[0]["msg"]) if isinstance(error, ValidationError) else str(error)
    return text.splitlines()[0][:200] if text else type(error).__name__
