"""A generated transaction of each kind, as a call to a contract of the venue or as a plain payment."""

from collections.abc import Callable
from dataclasses import dataclass

from eth_abi.abi import encode
from eth_hash.auto import keccak

from oracle.workload.calls import Call, Venue
from oracle.workload.kinds import Kind

_FAR_OFF_SECONDS = 2**64 - 1  # swaps state a deadline; theirs never comes
_ASSETS = ((10).to_bytes(20, "big"), (11).to_bytes(20, "big"))  # of WorkloadExchange


@dataclass(frozen=True)
class Details:
    """What chance decides of a transaction, words aside."""

    sender: int
    gas_price_wei: int
    amount: int  # in wei, or in base units of a token
    other: bytes  # 20 bytes: an account, and what names a batch, a lot or a record


def call_of(kind: Kind, details: Details, words: bytes, venue: Venue) -> Call:
    """The call of a kind; `words`, UTF-8, where the kind carries any."""
    receiver, value_wei, gas_limit, data = _FORMS[kind](details, words, venue)
    return Call(
        sender=details.sender,
        receiver=receiver,
        value_wei=value_wei,
        gas_price_wei=details.gas_price_wei,
        gas_limit=gas_limit,
        calldata=data,
    )


_Form = tuple[bytes, int, int, bytes]  # receiver, value, gas limit, calldata


def _contract_call(gas_limit: int, signature: str, to: Callable[[Venue], bytes]) -> Callable[..., _Form]:
    types = signature[signature.index("(") + 1 : -1].split(",")
    selector = bytes(keccak(signature.encode())[:4])

    def form(venue: Venue, *arguments: object, value_wei: int = 0) -> _Form:
        return to(venue), value_wei, gas_limit, selector + encode(types, arguments)

    return form


_transfer = _contract_call(120_000, "transfer(address,uint256)", lambda venue: venue.token)
_approve = _contract_call(120_000, "approve(address,uint256)", lambda venue: venue.token)
_mint = _contract_call(120_000, "mint(address,uint256)", lambda venue: venue.token)
_swap = _contract_call(
    120_000,
    "swapExactTokensForTokens(uint256,uint256,address[],address,uint256)",
    lambda venue: venue.exchange,
)
_post = _contract_call(60_000, "post(string)", lambda venue: venue.noticeboard)
_settle = _contract_call(90_000, "settle(bytes32,uint256,string)", lambda venue: venue.register)
_step = _contract_call(90_000, "step(uint256,string)", lambda venue: venue.register)
_donate = _contract_call(90_000, "donate(string)", lambda venue: venue.register)
_access = _contract_call(90_000, "access(bytes32,string)", lambda venue: venue.register)


def _swap_form(d: Details, venue: Venue) -> _Form:
    path = _ASSETS if d.other[-1] % 2 else _ASSETS[::-1]
    return _swap(venue, d.amount, 0, path, d.other, _FAR_OFF_SECONDS)


def _name(d: Details) -> bytes:
    return d.other.rjust(32, b"\0")


_FORMS: dict[Kind, Callable[[Details, bytes, Venue], _Form]] = {
    Kind.PAYMENT: lambda d, _, __: (d.other, d.amount, 21_000, b""),
    # The bytes of the text as they are: 16 gas each, or 40 by the floor of EIP-7623.
    Kind.MEMO: lambda d, words, __: (d.other, d.amount, 22_000 + 40 * len(words), words),
    Kind.TOKEN_TRANSFER: lambda d, _, venue: _transfer(venue, d.other, d.amount),
    Kind.APPROVAL: lambda d, _, venue: _approve(venue, d.other, d.amount),
    Kind.MINT: lambda d, _, venue: _mint(venue, d.other, d.amount),
    Kind.SWAP: lambda d, _, venue: _swap_form(d, venue),
    Kind.NOTE: lambda _, words, venue: _post(venue, words.decode()),
    Kind.SETTLEMENT: lambda d, words, venue: _settle(venue, _name(d), d.amount, words.decode()),
    Kind.SUPPLY_STEP: lambda d, words, venue: _step(venue, int.from_bytes(d.other[-2:]), words.decode()),
    Kind.DONATION: lambda d, words, venue: _donate(venue, words.decode(), value_wei=d.amount),
    Kind.RECORD_ACCESS: lambda d, words, venue: _access(venue, _name(d), words.decode()),
}
