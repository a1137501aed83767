"""What a StorageRegistry does, said in Python: states, refusals in the contract's order, and every unit of money."""

from dataclasses import dataclass, field, replace
from typing import NamedTuple

from tests.contracts.storage_stage import HELD, LEAVING, NONE, OFFERED, Kept, Setup

_GIB = 1 << 30


class Refused(Exception):
    """By the name of the contract's error."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name


class Now(NamedTuple):
    """The block that a call runs in."""

    number: int
    seconds: int


@dataclass(frozen=True)
class Agreement:
    """As the contract's."""

    status: int = NONE
    since: int = 0
    paid_until: int = 0
    leaves: int = 0
    rent: int = 0
    locked: int = 0
    challenger: str | None = None
    draw_block: int = 0


@dataclass
class Holder:
    """As the contract's."""

    region: str = ""
    capacity: int = 0
    used: int = 0
    price: int = 0
    bond: int = 0
    locked: int = 0


@dataclass
class File:
    """One file and its agreements."""

    kept: Kept
    owner: str
    fund: int = 0
    agreements: dict[str, Agreement] = field(default_factory=dict)

    @property
    def held(self) -> int:
        return sum(each.status in {HELD, LEAVING} for each in self.agreements.values())


class Twin:
    """A registry. Each method is a call of `sender`; `now` is the block it runs in."""

    def __init__(self, setup: Setup) -> None:
        self.setup = setup
        self.files: dict[bytes, File] = {}
        self.holders: dict[str, Holder] = {}
        self.fees: dict[tuple[bytes, str], int] = {}
        self.owed: dict[str, int] = {}
        self.paid_in = self.paid_out = 0

    def holder(self, account: str) -> Holder:
        return self.holders.setdefault(account, Holder())

    def agreement(self, file: bytes, holder: str) -> Agreement:
        found = self.files.get(file)
        return found.agreements.get(holder, Agreement()) if found else Agreement()

    def held_money(self) -> int:
        """What the registry must hold."""
        bonds = sum(each.bond for each in self.holders.values())
        return (
            bonds + sum(each.fund for each in self.files.values()) + sum(self.fees.values()) + sum(self.owed.values())
        )

    # Holders

    def set_holder(self, sender: str, region: str, capacity: int, price: int) -> None:
        holder = self.holder(sender)
        if not region or capacity < holder.used or price > 1 << 79:
            raise Refused("InvalidHolder")
        holder.region, holder.capacity, holder.price = region, capacity, price

    def bond(self, sender: str, amount: int) -> None:
        if amount == 0:
            raise Refused("WrongAmount")
        self.holder(sender).bond += amount
        self.paid_in += amount

    def unbond(self, sender: str, amount: int) -> None:
        holder = self.holder(sender)
        if amount > holder.bond - holder.locked:
            raise Refused("BondTooSmall")
        holder.bond -= amount
        self._credit(sender, amount)

    # Files

    def fund(self, file: bytes, amount: int) -> None:
        if file not in self.files:
            raise Refused("FileUnknown")
        if amount == 0:
            raise Refused("WrongAmount")
        self.files[file].fund += amount
        self.paid_in += amount

    def defund(self, sender: str, file: bytes) -> None:
        found = self._known(file)
        if sender != found.owner:
            raise Refused("NotAllowed")
        if found.agreements:
            raise Refused("ReplicaBound")
        if not found.fund:
            raise Refused("NothingDue")
        self._credit(sender, found.fund)
        found.fund = 0

    # Agreements

    def offer(self, sender: str, file: bytes, holder: str, until: int, now: Now) -> None:
        found = self._for_steward(sender, file)
        to, terms = self.holder(holder), found.kept.terms
        if not to.region:
            raise Refused("InvalidHolder")
        if holder in found.agreements:
            raise Refused("WrongStatus")
        if until < now.seconds:
            raise Refused("TooLate")
        if len(found.agreements) >= terms.replicas_max:
            raise Refused("ReplicaBound")
        rent = -(-to.price * terms.size_bytes // _GIB)
        if rent > terms.max_rent:
            raise Refused("RentTooHigh")
        if terms.regions and not any(to.region == each or to.region.startswith(f"{each}-") for each in terms.regions):
            raise Refused("RegionNotAllowed")
        found.agreements[holder] = Agreement(OFFERED, since=until, rent=rent)

    def accept(self, sender: str, file: bytes, now: Now) -> None:
        agreement, holder = self.agreement(file, sender), self.holder(sender)
        if agreement.status != OFFERED:
            raise Refused("WrongStatus")
        if now.seconds > agreement.since:
            raise Refused("TooLate")
        size = self.files[file].kept.terms.size_bytes
        if size > holder.capacity - holder.used:
            raise Refused("NoRoom")
        locked = max(self.setup.min_bond, agreement.rent * self.setup.bond_periods)
        if locked > holder.bond - holder.locked:
            raise Refused("BondTooSmall")
        holder.used, holder.locked = holder.used + size, holder.locked + locked
        self._set(
            file, sender, replace(agreement, status=HELD, since=now.seconds, paid_until=now.seconds, locked=locked)
        )

    def collect(self, sender: str, file: bytes, now: Now) -> None:
        agreement = self._at_rest(file, sender)
        periods = self._periods(agreement, now)
        if periods * agreement.rent > self.files[file].fund:
            periods = self.files[file].fund // agreement.rent
        if not periods:
            raise Refused("NothingDue")
        paid_until = agreement.paid_until + periods * self.setup.period_seconds
        self._set(file, sender, replace(agreement, paid_until=paid_until))
        self._pay(file, sender, periods * agreement.rent)

    def give_notice(self, sender: str, file: bytes, now: Now) -> None:
        agreement = self.agreement(file, sender)
        if agreement.status != HELD:
            raise Refused("WrongStatus")
        leaves = now.seconds + self.setup.notice_seconds
        self._set(file, sender, replace(agreement, status=LEAVING, leaves=leaves))

    def depart(self, sender: str, file: bytes, now: Now) -> None:
        agreement = self._at_rest(file, sender)
        due = self._periods(agreement, now) * agreement.rent
        free_to_go = agreement.status == LEAVING and now.seconds >= agreement.leaves
        if not free_to_go and due <= self.files[file].fund:
            raise Refused("TooEarly" if agreement.status == LEAVING else "FundPays")
        self._pay(file, sender, due)
        self._end(file, sender)

    def release(self, sender: str, file: bytes, holder: str, now: Now) -> None:
        agreement = self.agreement(file, holder)
        if agreement.status == OFFERED:
            if now.seconds <= agreement.since:
                self._for_steward(sender, file)
        else:
            found = self._for_steward(sender, file)
            self._at_rest(file, holder)
            if sender != found.owner and found.held <= found.kept.terms.replicas_min:
                raise Refused("ReplicaBound")
            self._pay(file, holder, (self._periods(agreement, now) + 1) * agreement.rent)
        self._end(file, holder)

    # Proofs

    def challenge(self, sender: str, file: bytes, holder: str, now: Now) -> None:
        agreement = self._at_rest(file, holder)
        if now.number < agreement.draw_block:
            raise Refused("TooEarly")
        draw_block = now.number + self.setup.draw_delay_blocks
        self._set(file, holder, replace(agreement, challenger=sender, draw_block=draw_block))
        self.fees[file, holder] = self.setup.challenge_fee
        self.paid_in += self.setup.challenge_fee

    def answer(self, sender: str, file: bytes, now: Now, *, is_true: bool) -> None:
        agreement = self.agreement(file, sender)
        if agreement.challenger is None:
            raise Refused("NoChallenge")
        if now.number <= agreement.draw_block:
            raise Refused("TooEarly")
        if now.number > agreement.draw_block + self.setup.answer_blocks:
            raise Refused("TooLate")
        if not is_true:
            raise Refused("WrongProof")
        rests_until = now.number + self.setup.rest_blocks
        self._set(file, sender, replace(agreement, challenger=None, draw_block=rests_until))
        self._credit(sender, self.fees.pop((file, sender)))

    def convict(self, file: bytes, holder: str, now: Now) -> None:
        agreement = self.agreement(file, holder)
        if agreement.challenger is None:
            raise Refused("NoChallenge")
        if now.number <= agreement.draw_block + self.setup.answer_blocks:
            raise Refused("TooEarly")
        to_challenger = agreement.locked * self.setup.challenger_bps // 10_000
        self.holder(holder).bond -= agreement.locked
        self._credit(self.files[file].owner, agreement.locked - to_challenger)
        self._credit(agreement.challenger, to_challenger + self.fees.pop((file, holder)))
        self._end(file, holder)

    def withdraw(self, sender: str) -> None:
        if not self.owed.get(sender):
            raise Refused("NothingDue")
        self.paid_out += self.owed.pop(sender)

    def _periods(self, agreement: Agreement, now: Now) -> int:
        return (now.seconds - agreement.paid_until) // self.setup.period_seconds

    def _known(self, file: bytes) -> File:
        if file not in self.files:
            raise Refused("FileUnknown")
        return self.files[file]

    def _for_steward(self, sender: str, file: bytes) -> File:
        found = self._known(file)
        if sender not in {found.owner, found.kept.terms.steward}:
            raise Refused("NotAllowed")
        return found

    def _at_rest(self, file: bytes, holder: str) -> Agreement:
        agreement = self.agreement(file, holder)
        if agreement.status not in {HELD, LEAVING}:
            raise Refused("WrongStatus")
        if agreement.challenger is not None:
            raise Refused("ChallengeOpen")
        return agreement

    def _set(self, file: bytes, holder: str, agreement: Agreement) -> None:
        self.files[file].agreements[holder] = agreement

    def _end(self, file: bytes, account: str) -> None:
        agreement, holder = self.files[file].agreements.pop(account), self.holder(account)
        if agreement.status != OFFERED:
            holder.locked -= agreement.locked
            holder.used -= self.files[file].kept.terms.size_bytes

    def _pay(self, file: bytes, holder: str, amount: int) -> None:
        amount = min(amount, self.files[file].fund)
        self.files[file].fund -= amount
        self._credit(holder, amount)

    def _credit(self, account: str, amount: int) -> None:
        if amount:
            self.owed[account] = self.owed.get(account, 0) + amount
