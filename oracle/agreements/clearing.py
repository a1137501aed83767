"""Clearing on one chain: what each party signs, and the settlement of all at once."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from oracle.agreements.erc20 import Draw, Erc20
from oracle.agreements.history import Happening, happenings
from oracle.agreements.received import fields_of, octets, whole
from oracle.agreements.recorded import check_code
from oracle.agreements.refusals import credit_sentences
from oracle.agreements.sending import Sender, Sent, needed
from oracle.agreements.signatures import NotSigned, Place, check_signature, signature_of
from oracle.agreements.words import utc
from oracle.chain.addresses import ZERO_ADDRESS
from oracle.chain.calls import ContractCalls
from oracle.chain.connection import Chain
from oracle.plans import signing
from oracle.plans.templates.clearing import Round
from oracle.report.signer import Signer

CONTRACT = "Clearing"
_ROUND = {
    "token": "address",
    "parties": "address[]",
    "settleBySeconds": "uint64",
    "termsHash": "bytes32",
    "modelHash": "bytes32",
    "salt": "uint256",
}
_OBLIGATION = {"creditor": "uint16", "amount": "uint128"}
_STATEMENT = {"round": "bytes32", "party": "uint16", "owes": "Obligation[]", "net": "int256"}


@dataclass(frozen=True)
class Statement:
    """What one party signed: all that it owes in a round, and the net that follows for it."""

    party: int
    owes: tuple[tuple[int, int], ...]  # creditor's index and amount
    net: int  # what it gets, or pays if below 0
    signature: bytes

    def arguments(self) -> tuple[Any, ...]:
        """As the contract takes it."""
        return (list(self.owes), self.net, self.signature)

    def as_json(self) -> dict[str, Any]:
        """To be sent."""
        owes = [{"creditor": creditor, "amount": amount} for creditor, amount in self.owes]
        return {"party": self.party, "owes": owes, "net": self.net, "signature": "0x" + self.signature.hex()}


def statement_of(raw: object) -> Statement:
    """What a party sent as JSON.

    Raises:
        NotSigned: it is malformed; names the field.
    """
    fields = fields_of(raw, ("party", "owes", "net", "signature"))
    owes, net = fields["owes"], fields["net"]
    if not isinstance(owes, list) or not isinstance(net, int) or isinstance(net, bool):
        raise NotSigned("owes in what a party sent is no list, or net no whole number; have it sent anew")
    obligations = [fields_of(each, ("creditor", "amount")) for each in owes]
    return Statement(
        party=whole(fields, "party"),
        owes=tuple((whole(each, "creditor"), whole(each, "amount")) for each in obligations),
        net=net,
        signature=octets(fields, "signature"),
    )


def round_id(round_: Round) -> bytes:
    """The id of a round: its struct hash, the same on every chain."""
    message = dict(zip(_ROUND, round_.content(), strict=True))
    document = signing.typed_document(
        CONTRACT, "ClearingRound", {"ClearingRound": _ROUND}, message, chain_id=0, contract=ZERO_ADDRESS
    )
    return bytes(signing.signable(document).body)


def statement_document(round_: Round, party: int, place: Place) -> dict[str, Any]:
    """What a party of a round signs."""
    message = {
        "round": round_id(round_),
        "party": party,
        "owes": [{"creditor": creditor, "amount": amount} for creditor, amount in round_.owes[party]],
        "net": round_.nets[party],
    }
    types = {"Statement": _STATEMENT, "Obligation": _OBLIGATION}
    return signing.typed_document(
        CONTRACT, "Statement", types, message, chain_id=place.chain_id, contract=place.contract
    )


def sign_statement(round_: Round, signer: Signer, place: Place) -> Statement:
    """The statement of a party of a round.

    Raises:
        NotSigned: the key is no party's.
        SignerFailed: the key is not in this process, and what holds it did not sign.
    """
    accounts = [account.lower() for account in round_.parties]
    if signer.address.lower() not in accounts:
        raise NotSigned(f"the key of {signer.address} is no party's of this round; give that of one of its parties")
    party = accounts.index(signer.address.lower())
    signature = signature_of(statement_document(round_, party, place), signer)
    return Statement(party, round_.owes[party], round_.nets[party], signature)


class ClearingClient:
    """One clearing. Parties count from 0, in ascending order of their addresses; amounts are in units of the token.

    Every call that sends is tried first: what the contract would refuse raises CallRefused with the reason in words,
    and nothing is sent. It raises SettingsError without a sender, FeesTooHigh beyond the sender's limit, and
    TransactionFailed where it is not mined in time.
    """

    def __init__(self, chain: Chain, address: str, sender: Sender | None = None) -> None:
        """Without a sender it can read but not send.

        Raises:
            DeploymentError: the code at the address is not that of this version's clearing.
        """
        check_code(chain, CONTRACT, address)
        self.chain, self._sender = chain, sender
        self._calls = ContractCalls(chain, CONTRACT, address)
        self.place = Place(chain.chain_id, self._calls.address)

    def settled_at_seconds(self, id_: bytes) -> int | None:
        """When a round was settled; None if it was not."""
        return int(self._calls.read("settledAtSeconds", id_)) or None

    def owed(self, token: str, account: str) -> int:
        """What an account can withdraw."""
        return int(self._calls.read("owed", token, account))

    def history(self, id_: bytes, from_block: int = 0, to_block: int | None = None) -> list[Happening]:
        """What happened to a round, in order, up to a block or to the head."""
        last = self.chain.head() if to_block is None else to_block
        return happenings(self._calls, id_, from_block, last)

    def settle(self, round_: Round, statements: Sequence[Statement]) -> Sent:
        """Settle a round. Who pays net must have approved the contract; who gets net withdraws.

        Raises:
            NotSigned: a party's statement is missing, of other obligations, or not signed by it.
        """
        by_party = {each.party: each for each in statements}
        for party, account in enumerate(round_.parties):
            self._check(round_, party, account, by_party.get(party))
        ordered = [by_party[party].arguments() for party in range(len(round_.parties))]
        sentences = _sentences(round_) | {"TransferFromFailed": lambda: self._undrawn(round_)}
        return needed(self._sender).call(self._calls, sentences, "settle", round_.content(), ordered)

    def withdraw(self, token: str, to: str) -> Sent:
        """Pay out to an address all that is credited to the sender."""
        sender = needed(self._sender)
        return sender.call(self._calls, credit_sentences(sender.key.address), "withdraw", token, to)

    def _check(self, round_: Round, party: int, account: str, statement: Statement | None) -> None:
        who = _party(round_, party)
        if statement is None:
            raise NotSigned(f"{who} gave no statement; send the statements of all parties")
        if (statement.owes, statement.net) != (round_.owes[party], round_.nets[party]):
            raise NotSigned(f"{who} stated other obligations or another net than the round has; have it sign this one")
        try:
            check_signature(statement_document(round_, party, self.place), statement.signature, account, who)
        except NotSigned:
            if not self.chain.code(account):  # a wallet of code is asked by the contract (EIP-1271)
                raise

    def _undrawn(self, round_: Round) -> str:
        draws = [
            Draw(account, _party(round_, party), -net, by_permit=False)
            for party, (account, net) in enumerate(zip(round_.parties, round_.nets, strict=True))
            if net < 0
        ]
        return Erc20(self.chain, round_.token).why_not_drawn(self.place.contract, draws)


def _party(round_: Round, party: int) -> str:
    return f"party {party} ({round_.parties[party]})"


def _sentences(round_: Round) -> dict[str, Callable[..., str]]:
    """By the contract's error, in one sentence that names culprit and remedy."""
    return {
        "InvalidRound": lambda reason: f"the round cannot be settled: {reason}; make it anew",
        "AlreadySettled": lambda found: f"round 0x{found.hex()} was settled before; make another with another salt",
        "TooLate": lambda until: (
            f"the time to settle was over at {utc(until)}; have all sign a round that can be settled later"
        ),
        "WrongSignature": lambda party: (
            f"the signature of {_party(round_, party)} is not its own over this round; have it sign anew"
        ),
        "InvalidObligation": lambda party, index: (
            f"obligation {index + 1} of {_party(round_, party)} names no other party or no amount; correct it, and "
            "have all sign anew"
        ),
        "WrongNet": lambda party, signed, found: (
            f"{_party(round_, party)} signed a net of {signed} where the obligations give {found}; have it sign anew"
        ),
        "WrongPayment": lambda party, arrived, expected: (
            f"{arrived} units arrived from {_party(round_, party)} where {expected} were due, so the token "
            f"{round_.token} takes a fee or lies; use another token"
        ),
    }
