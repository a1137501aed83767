"""Obligations of many parties, netted: each pays or gets what is left of all of them."""

from collections.abc import Iterable
from dataclasses import dataclass

from oracle.plans.plan import DueFrom
from oracle.plans.terms import Setting, TermsMissing, When


@dataclass(frozen=True)
class Debt:
    """Who owes whom how much, in hundredths of the currency."""

    debtor: str
    creditor: str
    amount_minor: int


@dataclass(frozen=True)
class ClearingTerms:
    """What the texts settle."""

    parties: tuple[str, ...]
    currency: str
    debts: tuple[Debt, ...]
    settle: When  # from now


@dataclass(frozen=True)
class Round:
    """A round of `Clearing.sol`: parties in ascending order of their addresses, what each owes, and its net."""

    token: str
    parties: tuple[str, ...]
    settle_by_seconds: int
    terms_hash: bytes
    model_hash: bytes
    salt: int
    owes: tuple[tuple[tuple[int, int], ...], ...]  # by party: creditor's index and amount
    nets: tuple[int, ...]  # what each gets, or pays if below 0

    def content(self) -> tuple[object, ...]:
        """ClearingRound, as the contract's functions take it."""
        return (
            self.token,
            list(self.parties),
            self.settle_by_seconds,
            self.terms_hash,
            self.model_hash,
            self.salt,
        )


def nets_of(debts: Iterable[Debt], parties: Iterable[str]) -> dict[str, int]:
    """What each party gets, or pays if below 0: what it is owed, less what it owes. The nets add up to 0."""
    nets = dict.fromkeys(parties, 0)
    for debt in debts:
        nets[debt.debtor] -= debt.amount_minor
        nets[debt.creditor] += debt.amount_minor
    return nets


def clearing_round(terms: ClearingTerms, setting: Setting) -> Round:
    """The round that settles these debts.

    Raises:
        TermsMissing: a debt is of a party to itself, or an address is missing.
    """
    for debt in terms.debts:
        if debt.debtor == debt.creditor or debt.amount_minor <= 0:
            raise TermsMissing(f"{debt.debtor} cannot owe itself, nor nothing: correct that obligation")
    accounts = {name: setting.account(name) for name in terms.parties}
    names = sorted(terms.parties, key=lambda name: int(accounts[name], 16))
    index = {name: at for at, name in enumerate(names)}
    nets = nets_of(terms.debts, terms.parties)
    due, due_from = terms.settle.due(from_activation=True)
    settle_by = due if due_from is DueFrom.DATE else setting.now_seconds + due
    owes = tuple(
        tuple((index[debt.creditor], setting.units(debt.amount_minor)) for debt in terms.debts if debt.debtor == name)
        for name in names
    )
    return Round(
        token=setting.token,
        parties=tuple(accounts[name] for name in names),
        settle_by_seconds=settle_by,
        terms_hash=setting.terms_hash,
        model_hash=setting.model_hash,
        salt=setting.salt,
        owes=owes,
        nets=tuple(setting.units(nets[name]) for name in names),
    )
