"""A consent as the holder of records has it, and whether it is in force on chain now.

The plan on chain holds the hash of the agreement's text. The text says which fields may be read, and for what; its
terms are kept beside it, as the reader of agreements draws them from it. That the plan is made of these very terms is
checked here, as far as a plan shows them: who takes part, and until when. That the text says these fields and this
purpose, the holder of the records vouches for. Of where a plan stands, the node is believed: run your own.
"""

from dataclasses import dataclass, replace

from eth_hash.auto import keccak
from eth_utils.address import to_checksum_address

from oracle.chain.calls import ContractCalls
from oracle.errors import ConnectionFailed, InputError
from oracle.plans.machine import State, deadlines
from oracle.plans.plan import Plan, Status
from oracle.plans.signing import plan_id
from oracle.plans.templates.medical import FIELDS, GRANTED_STEP, PURPOSES, MedicalTerms, medical_plan
from oracle.plans.terms import Setting

_LOCK_SECONDS = 10.0  # that a read waits for another one of the same connection
_MOST_AHEAD_SECONDS = 900  # that a block's stamp may lie ahead of this machine's clock


class ConsentInvalid(InputError):
    """A text, terms and a plan do not belong together."""


class NotGranted(InputError):
    """A consent is not in force; says why in one sentence."""


@dataclass(frozen=True)
class Consent:
    """A plan by which a patient lets one account read fields of its records."""

    id: bytes  # of the plan, 32 bytes
    plan: Plan
    terms: MedicalTerms

    @property
    def patient(self) -> str:
        """Checksummed address."""
        return str(to_checksum_address(self.plan.parties[0]))

    @property
    def grantee(self) -> str:
        """Checksummed address."""
        return str(to_checksum_address(self.plan.parties[1]))


@dataclass(frozen=True)
class Standing:
    """Where a plan stands after one block."""

    block: int
    block_time_seconds: int
    status: Status
    step: int
    due_seconds: int | None  # timestamp until which the present step lasts; None where the plan is not active


def consent_of(agreement: bytes, terms: MedicalTerms, plan: Plan) -> Consent:
    """A consent of its three parts; `agreement` is the text in UTF-8, octet by octet as it was hashed.

    Raises:
        ConsentInvalid: they do not belong together.
    """
    if bytes(keccak(agreement)) != plan.terms_hash:
        raise ConsentInvalid("the text of the consent is not what the plan's termsHash is of; give that very text")
    if not terms.fields or not set(terms.fields) <= set(FIELDS) or terms.purpose not in PURPOSES:
        raise ConsentInvalid(f"a consent names some of the fields {', '.join(FIELDS)}, and a purpose of the template")
    if len(plan.parties) != 2 or terms.patient == terms.grantee:
        raise ConsentInvalid("a consent is of two parties, the patient and the grantee; give such a plan")
    setting = Setting(
        accounts={terms.patient: plan.parties[0], terms.grantee: plan.parties[1]},
        token=plan.token,
        now_seconds=plan.join_by_seconds,
        join_seconds=0,
        terms_hash=plan.terms_hash,
        model_hash=plan.model_hash,
        salt=plan.salt,
    )
    if medical_plan(terms, setting) != plan:
        raise ConsentInvalid("the plan is not what the template makes of the terms of the consent; make the plan anew")
    checksummed = replace(plan, parties=tuple(str(to_checksum_address(party)) for party in plan.parties))
    return Consent(plan_id(plan), checksummed, terms)


def read_standing(book: ContractCalls, consent: Consent, depth_blocks: int = 0) -> Standing:
    """Where the plan of a consent stands after the latest block, or so many blocks before it.

    Raises:
        ConnectionFailed: the node does not answer.
    """
    chain = book.chain
    with chain.within(_LOCK_SECONDS):
        header = chain.header(max(chain.head() - depth_blocks, 0))
        with chain.pinned(header.number, header.hash):
            status, step, _, activated, since = book.read("standingOf", consent.id, block=header.number)
    state = State(Status(status), (), (), step=step, activated_at_seconds=activated, since_seconds=since)
    due = deadlines(consent.plan, state)[0] if state.status is Status.ACTIVE else None
    return Standing(header.number, header.timestamp_seconds, state.status, step, due)


def check_granted(standing: Standing, now_seconds: float, *, max_head_age_seconds: float) -> None:
    """Whether access is granted: the plan is active, its grant is done, and its time is not over by any clock.

    Args:
        standing: Where the plan stands.
        now_seconds: By this machine's clock.
        max_head_age_seconds: How long ago the latest block may be; what was revoked since is not known.

    Raises:
        NotGranted: it is not.
        ConnectionFailed: the latest block that the node has is too old, or lies ahead, so that nothing is known of now.
    """
    age = now_seconds - standing.block_time_seconds
    if not -_MOST_AHEAD_SECONDS <= age <= max_head_age_seconds:
        raise ConnectionFailed(
            f"the latest block that the node has, {standing.block}, is {age:.0f} s old, so that it does not show what "
            "was revoked since; see to the node, or to this machine's clock"
        )
    _check_in_force(standing)
    if standing.due_seconds is not None and max(now_seconds, standing.block_time_seconds) > standing.due_seconds:
        raise NotGranted("the time of the consent is over")


def check_settled(standing: Standing) -> None:
    """Whether a grant that holds now held after a settled block already, which no reorganisation takes back.

    Raises:
        NotGranted: it did not.
    """
    try:
        _check_in_force(standing)
    except NotGranted:
        raise NotGranted(
            f"the grant is not settled yet: it came after block {standing.block}; ask again some blocks later"
        ) from None


def _check_in_force(standing: Standing) -> None:
    if standing.status is Status.UNKNOWN:
        raise NotGranted("the plan of this consent is not on the chain")
    if standing.status is Status.PROPOSED:
        raise NotGranted("the consent has not been signed by both yet")
    if standing.status is Status.AMENDED:
        raise NotGranted("the consent was replaced by another one; give the id of that plan")
    if standing.status is not Status.ACTIVE or standing.due_seconds is None:
        raise NotGranted("the consent has ended: it was revoked, or its time is over")
    if standing.step != GRANTED_STEP:
        raise NotGranted("the patient has not granted access yet")
