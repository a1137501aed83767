"""The book of plans on one chain: where plans stand, and all calls about them."""

from collections.abc import Mapping, Sequence
from typing import Any

from oracle.agreements.erc20 import Draw, Erc20
from oracle.agreements.history import Happening, happenings
from oracle.agreements.recorded import check_code
from oracle.agreements.refusals import credit_sentences, plan_sentences
from oracle.agreements.sending import Sender, Sent, Sentences, needed
from oracle.agreements.signatures import (
    Attestation,
    Joining,
    NotSigned,
    Place,
    amendment_document,
    attestation_document,
    check_signature,
)
from oracle.agreements.standing import Deadlines, Standing, deadlines_of, standing_of
from oracle.agreements.words import PlanWords, listed
from oracle.chain.calls import ContractCalls
from oracle.chain.connection import Chain
from oracle.errors import InputError
from oracle.plans import signing
from oracle.plans.plan import Plan, as_arguments, step_arguments

CONTRACT = "PlanBook"


class PlanBookClient:
    """One book. Steps and parties count from 0, as in the contract; amounts are in units of the plan's token.

    Every call that sends is tried first: what the book would refuse raises CallRefused with the reason in words, and
    nothing is sent. It raises SettingsError without a sender, FeesTooHigh beyond the sender's limit, and
    TransactionFailed where it is not mined in time.
    """

    def __init__(self, chain: Chain, address: str, sender: Sender | None = None) -> None:
        """Without a sender it can read but not send.

        Raises:
            DeploymentError: the code at the address is not that of this version's book.
        """
        check_code(chain, CONTRACT, address)
        self.chain, self._sender = chain, sender
        self._calls = ContractCalls(chain, CONTRACT, address)
        self.place = Place(chain.chain_id, self._calls.address)

    # Reads

    def standing(self, plan_id: bytes, block: int | None = None) -> Standing:
        """Where a plan stands after a block, or now."""
        return standing_of(self._calls.read("standingOf", plan_id, block=block))

    def deadlines(self, plan: Plan) -> Deadlines | None:
        """Until when the present state of a plan lasts; None before it is proposed and after its end."""
        return deadlines_of(plan, self.standing(signing.plan_id(plan)))

    def held(self, plan: Plan) -> tuple[int, ...]:
        """What each party holds in a plan that has not ended."""
        plan_id = signing.plan_id(plan)
        return tuple(self._calls.read_each(*(("heldBy", plan_id, party) for party in range(len(plan.parties)))))

    def owed(self, token: str, account: str) -> int:
        """What an account can withdraw."""
        return int(self._calls.read("owed", token, account))

    def find(self, plan_id: bytes, from_block: int = 0) -> Plan:
        """The plan of an id, as it was proposed or took another's place.

        Raises:
            InputError: the book has had no such plan since that block.
        """
        proposed = (each for each in self.history(plan_id, from_block) if each.kind == "Proposed")
        found: Plan | None = next((each.values["content"] for each in proposed), None)
        if found is None:
            raise InputError(
                f"the book {self.place.contract} has had no plan 0x{plan_id.hex()} since block {from_block}; correct "
                "the id, or search from an earlier block"
            )
        return found

    def history(self, plan_id: bytes, from_block: int = 0, to_block: int | None = None) -> list[Happening]:
        """What happened to a plan, in order, up to a block or to the head."""
        last = self.chain.head() if to_block is None else to_block
        return happenings(self._calls, plan_id, from_block, last)

    # Joining

    def propose(self, plan: Plan, joinings: Sequence[Joining] = ()) -> tuple[bytes, Sent]:
        """Make a plan known, and have parties join at once. Returns its id.

        Raises:
            NotSigned: a signature is not that of its party over this plan.
        """
        return signing.plan_id(plan), self._joined("propose", plan, joinings)

    def join(self, plan: Plan, joinings: Sequence[Joining]) -> Sent:
        """Have parties join. Deposits are drawn by their permits or approvals.

        Raises:
            NotSigned: a signature is not that of its party over this plan.
        """
        return self._joined("join", plan, joinings)

    # Steps

    def perform(
        self, plan: Plan, step: int, evidence: bytes = bytes(32), attestations: Sequence[Attestation] = ()
    ) -> Sent:
        """Do the present step, with the hash that shows it done and what witnesses signed.

        Raises:
            NotSigned: an attestation is not that of its witness over this step and evidence.
        """
        self._check(plan, attestation_document(plan, step, evidence, self.place), attestations)
        ordered = sorted(attestations, key=lambda each: each.party)
        return self._send(plan, "perform", step, evidence, [each.arguments() for each in ordered])

    def refuse(self, plan: Plan, step: int, reason: bytes = bytes(32)) -> Sent:
        """Refuse the present step, with a hash of the reasons."""
        return self._send(plan, "refuse", step, reason)

    def timeout(self, plan: Plan, step: int) -> Sent:
        """Pass what is over: the present step; the dispute, as step ARBITER; the joining, as step 0."""
        return self._send(plan, "timeout", step)

    def divide(self, plan: Plan, shares: Sequence[int], reason: bytes = bytes(32)) -> Sent:
        """Divide what is held among the parties, in their order, as the arbiter."""
        return self._send(plan, "divide", list(shares), reason)

    def amend(self, plan: Plan, replacement: Plan, joinings: Sequence[Joining]) -> Sent:
        """Replace a plan that has not ended. All parties must have signed the amendment where the plan stands.

        Raises:
            NotSigned: a party's signature is missing, or not its own over this amendment.
        """
        by_party = {each.party: each for each in joinings}
        missing = [PlanWords(plan).party(party) for party in range(len(plan.parties)) if party not in by_party]
        if missing:
            raise NotSigned(f"{listed(missing)} did not sign the amendment; send it the signatures of all parties")
        step = self.standing(signing.plan_id(plan)).step
        ordered = [by_party[party] for party in sorted(by_party)]
        self._check(plan, amendment_document(plan, step, replacement, self.place), ordered)
        wanted = dict(zip(range(len(plan.parties)), replacement.deposits, strict=False))
        due = {party: wanted.get(party, 0) - held for party, held in enumerate(self.held(plan))}
        return self._send(
            plan,
            "amend",
            as_arguments(replacement),
            [each.arguments() for each in ordered],
            more=self._undrawn(plan, _draws(plan, ordered, due)),
        )

    # Credit

    def withdraw(self, token: str, to: str | None = None) -> Sent:
        """Pay out all that is credited to the sender, to an address or to itself."""
        sender = needed(self._sender)
        return sender.call(
            self._calls, credit_sentences(sender.key.address), "withdraw", token, to or sender.key.address
        )

    def _joined(self, function: str, plan: Plan, joinings: Sequence[Joining]) -> Sent:
        document = signing.plan_document(plan, chain_id=self.place.chain_id, book=self.place.contract)
        self._check(plan, document, joinings)
        draws = _draws(plan, joinings, {each.party: plan.deposits[each.party] for each in joinings})
        return self._send(plan, function, [each.arguments() for each in joinings], more=self._undrawn(plan, draws))

    def _send(self, plan: Plan, function: str, *arguments: Any, more: Sentences | None = None) -> Sent:
        sentences = {**plan_sentences(PlanWords(plan)), **(more or {})}
        return needed(self._sender).call(self._calls, sentences, function, *_content(plan, function, arguments))

    def _undrawn(self, plan: Plan, draws: Sequence[Draw]) -> Sentences:
        """The sentence for a token that does not let deposits be drawn."""
        return {"TransferFromFailed": lambda: Erc20(self.chain, plan.token).why_not_drawn(self.place.contract, draws)}

    def _check(self, plan: Plan, document: dict[str, Any], signed: Sequence[Joining] | Sequence[Attestation]) -> None:
        """See that signatures are those of their parties, but of wallets of code, which the book asks (EIP-1271)."""
        words = PlanWords(plan)
        for each in signed:
            if each.party >= len(plan.parties):
                raise NotSigned(f"{words.party(each.party)}, has signed; leave its signature out")
            account = plan.parties[each.party]
            try:
                check_signature(document, each.signature, account, words.party(each.party))
            except NotSigned:
                if not self.chain.code(account):
                    raise


def _draws(plan: Plan, joinings: Sequence[Joining], due: Mapping[int, int]) -> list[Draw]:
    """What is drawn from those who owe a deposit."""
    words = PlanWords(plan)
    return [
        Draw(plan.parties[each.party], words.party(each.party), due[each.party], each.permit is not None)
        for each in joinings
        if due[each.party] > 0
    ]


def _content(plan: Plan, function: str, arguments: tuple[Any, ...]) -> tuple[Any, ...]:
    """A proposal brings the whole plan; later calls its frame, and the step that they are about."""
    if function == "propose":
        return (as_arguments(plan), *arguments)
    if function not in {"perform", "refuse", "timeout"}:
        return (signing.frame_arguments(plan), *arguments)
    at = arguments[0] if arguments[0] < len(plan.steps) else 0  # in a dispute any step will do
    return (signing.frame_arguments(plan), step_arguments(plan.steps[at]), *arguments)
