"""One plan carried out on chain and told as it goes. Its twin in Python goes along, and must agree at every step."""

from collections.abc import Sequence

from eth_hash.auto import keccak

from oracle.agreements.sending import Sent
from oracle.agreements.signatures import sign_amendment, sign_attestation, sign_permit, sign_plan
from oracle.errors import FormulaMismatch, InputError
from oracle.lab.agreements.stage import Agreement, Say, Stage
from oracle.plans import machine, signing
from oracle.plans.drawing import story
from oracle.plans.paths import Checked, check_paths
from oracle.plans.plan import Plan, Status
from oracle.plans.wording import Money, Wording, counted, listed, moment_words

_ENDS = {Status.DONE: "The plan is done.", Status.REFUNDED: "The plan has ended: what was held has gone back."}


def tell_text(agreement: Agreement, terms: Sequence[str], say: Say) -> None:
    """Say what a text settles, term by term."""
    say(f"The text has {counted(len(agreement.text.split()), 'word')}. It settles:")
    for each in terms:
        say(f"  - {each}")


class Carried:
    """A plan of people on a stage."""

    def __init__(self, stage: Stage, plan: Plan, names: Sequence[str], money: Money, say: Say) -> None:
        self.stage, self.plan, self.names, self._say = stage, plan, tuple(names), say
        self.words = Wording(plan, self.names, money)
        self.state = machine.proposed(plan)
        self.id = signing.plan_id(plan)
        self._keys = [stage.key(name) for name in names]
        self._before: tuple[int, ...] = ()  # balances ahead of the deposits, by party
        self._paid_in = plan.deposits  # all that was drawn, by party

    def check(self, accepted: frozenset[str]) -> Checked:
        """Say the plan in words, and what the checker finds on all its paths.

        Args:
            accepted: Codes of findings that the text itself says.

        Raises:
            InputError: there is a fault that the text does not say.
        """
        self._say("The plan in words:")
        for sentence in story(self.plan, self.names, self.words.money):
            self._say(f"  {sentence}")
        checked = check_paths(self.plan, self.names, self.stage.now, accepted, self.words.money)
        if checked.faults:
            told = " ".join(each.sentence for each in checked.faults)
            raise InputError(f"the checker finds faults in this plan: {told} Correct the text")
        ends = counted(len(checked.ends), "different end")
        self._say(f"The checker has walked all paths ({counted(checked.states, 'state')}, {ends}) and finds no fault.")
        for each in checked.findings:
            self._say(f"  Note: {each.sentence}")
        return checked

    def begin(self) -> None:
        """Give all parties ether, depositors their money; then all sign, and the deposits are drawn.

        Raises:
            FormulaMismatch: the chain does not hold what the plan says.
        """
        deposits = dict(zip(self.names, self.plan.deposits, strict=True))
        self.stage.fund(deposits)
        self._before = self._balances()
        book = self.stage.book(self.stage.faucet)
        joinings = []
        for name, key in zip(self.names, self._keys, strict=True):
            permit, also = None, ""
            if deposits[name]:
                until = self.plan.join_by_seconds
                terms = self.stage.token.permit_terms(str(key.address))
                permit = sign_permit(terms, key, book.place.contract, deposits[name], until)
                also = f", and a permit by which the contract draws {self.words.money.words(deposits[name])}"
            joinings.append(sign_plan(self.plan, key, book.place, permit))
            self._say(f"{name} ({key.address}) signs the plan{also}.")
        _, sent = book.propose(self.plan, joinings)
        at = self.stage.chain.timestamp(sent.block)
        for party in range(len(self.names)):
            self.state = machine.join(self.plan, self.state, party, at)
        held = sum(self.plan.deposits)
        holds = f"the contract holds {self.words.money.words(held)}" if held else "nothing is deposited"
        self._told(sent, f"all have joined plan 0x{self.id.hex()[:16]}…; {holds}")

    def perform(self, step: int, evidence: bytes = bytes(32), witnesses: Sequence[str] = (), what: str = "") -> Sent:
        """The actor does the present step; `what` says it in words.

        Raises:
            FormulaMismatch: the chain does not hold what the plan says.
        """
        actor = self.plan.steps[step].actor
        book = self.stage.book(self._keys[actor])
        signed = [sign_attestation(self.plan, step, evidence, self.stage.key(name), book.place) for name in witnesses]
        sent = book.perform(self.plan, step, evidence, signed)
        before, at = self.state, self.stage.chain.timestamp(sent.block)
        late = machine.late_days(self.plan.steps[step], before, at)
        seen = sorted(each.party for each in signed)
        self.state = machine.perform(self.plan, before, step, at, evidence=any(evidence), witnesses=seen)
        parts = [f"{self.names[actor]} does {self.words.step(step)}{f', {what}' if what else ''}"]
        if late:
            parts.append(f"{counted(late, 'day')} late")
        if any(evidence):
            parts.append(f"with the hash 0x{evidence.hex()[:16]}… as evidence")
        if witnesses:
            parts.append(f"attested by {listed(witnesses)}")
        self._told(sent, ", ".join(parts) + self._credited(before))
        return sent

    def timeout(self, step: int, by: str) -> Sent:
        """Someone passes the present step, whose time is over.

        Raises:
            FormulaMismatch: the chain does not hold what the plan says.
        """
        sent = self.stage.book(self.stage.key(by)).timeout(self.plan, step)
        before = self.state
        self.state = machine.timeout(self.plan, before, step, self.stage.chain.timestamp(sent.block))
        self._told(sent, f"{by} passes {self.words.step(step)}, whose time is over{self._credited(before)}")
        return sent

    def refuse(self, step: int, reason: str) -> None:
        """The actor refuses the present step.

        Raises:
            FormulaMismatch: the chain does not hold what the plan says.
        """
        actor = self.plan.steps[step].actor
        sent = self.stage.book(self._keys[actor]).refuse(self.plan, step, bytes(keccak(reason.encode())))
        before = self.state
        self.state = machine.refuse(self.plan, before, step, self.stage.chain.timestamp(sent.block))
        self._told(sent, f"{self.names[actor]} refuses {self.words.step(step)}: {reason}{self._credited(before)}")

    def divide(self, shares: Sequence[int], reason: str) -> None:
        """The arbiter divides what is held; shares are in units, one for each party.

        Raises:
            FormulaMismatch: the chain does not hold what the plan says.
        """
        arbiter = self.plan.arbiter
        book = self.stage.book(self._keys[arbiter])
        sent = book.divide(self.plan, shares, bytes(keccak(reason.encode())))
        before = self.state
        self.state = machine.divide(self.plan, before, tuple(shares), self.stage.chain.timestamp(sent.block))
        self._told(sent, f"{self.names[arbiter]} divides what is held: it {reason}{self._credited(before)}")

    def amend(self, replacement: Plan, accepted: frozenset[str], what: str) -> None:
        """All sign another plan in place of this one, whose money it takes over; `what` says what it changes.

        Raises:
            InputError: the checker finds a fault in it that is not accepted.
            FormulaMismatch: the chain does not hold what the plans say.
        """
        plan, before = self.plan, self.state
        drawn = (max(due - held, 0) for due, held in zip(replacement.deposits, before.held, strict=True))
        self._paid_in = tuple(paid + more for paid, more in zip(self._paid_in, drawn, strict=True))
        book = self.stage.book(self.stage.faucet)
        joinings = [sign_amendment(plan, before.step, replacement, key, book.place) for key in self._keys]
        self.plan, self.id = replacement, signing.plan_id(replacement)
        self.words = Wording(replacement, self.names, self.words.money)
        self.check(accepted)
        sent = book.amend(plan, replacement, joinings)
        self.state = machine.amend(plan, before, replacement, self.stage.chain.timestamp(sent.block))
        self._told(sent, f"all sign that {what}: plan 0x{self.id.hex()[:16]}… takes the place of the one before")

    def pass_time(self, seconds: int, why: str) -> None:
        """Let time pass, up to a timestamp."""
        self.stage.until(seconds)
        self._say(f"Time passes until {moment_words(self.stage.now)}: {why}.")

    def due_seconds(self, step: int) -> int:
        """Until when the present step is on time, as a timestamp."""
        return machine.due_seconds(self.plan.steps[step], self.state)

    def last_seconds(self) -> int:
        """Until when the present step can be done at all, as a timestamp."""
        return machine.deadlines(self.plan, self.state)[1]

    def end(self) -> None:
        """Pay out all credit, say who has what, and see that it is what the plan promises.

        Raises:
            FormulaMismatch: it is not.
        """
        if not self.state.status.has_ended:
            raise FormulaMismatch(f"the plan has not ended: it is {self.state.status.name.lower()}")
        self._say(_ENDS.get(self.state.status, "The plan has ended."))
        for party, credited in enumerate(self.state.credited):
            if credited:
                key = self._keys[party]
                sent = self.stage.book(key).withdraw(self.plan.token, str(key.address))
                self._block(sent, f"{self.names[party]} withdraws {self.words.money.words(credited)}")
        if not any(self.plan.deposits):
            return
        self._say("Balances in the end:")
        balances = self._balances()
        for party, found in enumerate(balances):
            promised = self._before[party] - self._paid_in[party] + self.state.credited[party]
            if found != promised:
                raise FormulaMismatch(
                    f"{self.names[party]} has {self.words.money.words(found)}, where the plan promises "
                    f"{self.words.money.words(promised)}"
                )
            self._say(f"  {self.names[party]}: {self.words.money.words(found)}")
        if sum(balances) != sum(self._before):
            raise FormulaMismatch("the parties have another sum of money after the plan than ahead of it")
        self._say(f"Together: {self.words.money.words(sum(self._before))}, as ahead of the plan.")
        self._say("Every balance is what the plan promises.")

    def _balances(self) -> tuple[int, ...]:
        return tuple(self.stage.token.balance(account) for account in self.plan.parties)

    def _credited(self, before: machine.State) -> str:
        """What parties have got by the last move, in words."""
        parts = [
            f"{self.names[party]} {self.words.money.words(now - had)}"
            for party, (now, had) in enumerate(zip(self.state.credited, before.credited, strict=True))
            if now > had
        ]
        return f"; credited: {listed(parts)}" if parts else ""

    def _block(self, sent: Sent, what: str) -> None:
        self._say(f"Block {sent.block}, {sent.gas:,} gas: {what}.")

    def _told(self, sent: Sent, what: str) -> None:
        """Say what was done, and see that the chain and the twin stand alike after it."""
        self._block(sent, what)
        book = self.stage.book(self.stage.faucet)
        standing = book.standing(self.id)
        if standing.status is not self.state.status:
            found, due = standing.status.name.lower(), self.state.status.name.lower()
            raise FormulaMismatch(f"after block {sent.block} the plan is {found} on chain, and {due} by its rules")
        if standing.status in (Status.ACTIVE, Status.DISPUTED) and (standing.step, book.held(self.plan)) != (
            self.state.step,
            self.state.held,
        ):
            raise FormulaMismatch(f"after block {sent.block} the plan holds other amounts on chain than by its rules")


def accepted_of(*said: tuple[bool, str]) -> frozenset[str]:
    """The codes of findings that a text itself says."""
    return frozenset(code for is_said, code in said if is_said)
