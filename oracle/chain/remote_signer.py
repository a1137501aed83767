"""Keys that a remote signer holds: Web3Signer (Consensys) in its eth1 mode, by its JSON-RPC.

Nothing that it gives is taken on trust. A signature must recover to the key that was asked for, over the digest that
was computed here; a transaction must be, byte for byte, the one that was asked for with such a signature in it.

Web3Signer wants typed data as a string of JSON, and signs transactions for the chain of its own `--chain-id`.
"""

import json
import logging
import re
from collections.abc import Sequence
from typing import Any

from eth_account.datastructures import SignedMessage, SignedTransaction
from eth_utils.address import is_address, to_checksum_address
from hexbytes import HexBytes
from rlp import decode
from rlp.exceptions import RLPException

from oracle.chain.addresses import ZERO_ADDRESS
from oracle.chain.proof.encoding import Item, encode_rlp, integer_bytes, keccak
from oracle.chain.signer_connection import SignerConnection
from oracle.errors import SettingsError, SignerAway, SignerFailed
from oracle.report.signing import compact, digest_of, document, signer_of

log = logging.getLogger(__name__)

_EIP_1559 = b"\x02"
_NEVER = 2**64 - 2  # the last nonce that there is (EIP-2681); no account comes so far
_SIGNATURE = re.compile("0x([0-9a-fA-F]{64})([0-9a-fA-F]{64})(00|01|1b|1c|1B|1C)")
_BYTES = re.compile("0x(?:[0-9a-fA-F]{2})+")
_WORD_NAMES = ("chainId", "nonce", "maxPriorityFeePerGas", "maxFeePerGas", "gas", "to", "value", "data", "accessList")
_SIGNATURE_WORDS = 3


class RemoteSigner:
    """One key of a remote signer."""

    def __init__(self, connection: SignerConnection, address: str) -> None:
        self._connection = connection
        self.address = str(to_checksum_address(address))

    @property
    def shown(self) -> str:
        """The signer's URL as it may be shown."""
        return self._connection.shown

    def sign_typed_data(self, *, full_message: dict[str, Any]) -> SignedMessage:
        """The signature of an EIP-712 document, which is this key's and has a low s.

        Raises:
            SignerAway: the signer does not answer.
            SignerFailed: it refuses, or gives something else.
        """
        parameters = [self.address, json.dumps(full_message, default=_hexadecimal)]
        answer = self._connection.ask("eth_signTypedData", parameters, key=self.address)
        digest = digest_of(full_message)
        found = _SIGNATURE.fullmatch(answer) if isinstance(answer, str) else None
        if found is None:
            raise self._failed("gives what is no signature of 65 bytes", "use a Web3Signer in its eth1 mode")
        r, s, v = (int(part, 16) for part in found.groups())
        self._check(digest, r=r, s=s, parity=v % 27)
        signature = HexBytes(bytes.fromhex(found[1] + found[2]) + bytes((27 + v % 27,)))
        return SignedMessage(message_hash=HexBytes(digest), r=r, s=s, v=27 + v % 27, signature=signature)

    def sign_transaction(self, fields: dict[str, Any], /) -> SignedTransaction:
        """The EIP-1559 transaction of these fields, with this key's signature, whose s is low.

        Raises:
            SignerAway: the signer does not answer.
            SignerFailed: it refuses, or gives something else.
        """
        numbers = ("chainId", "nonce", "gas", "value", "maxFeePerGas", "maxPriorityFeePerGas")
        asked = {name: hex(fields[name]) for name in numbers}
        asked |= {"from": self.address, "data": _hexadecimal(fields["data"])}
        if "to" in fields:
            asked["to"] = fields["to"]
        answer = self._connection.ask("eth_signTransaction", [asked], key=self.address)
        wanted = _words(fields)
        raw, words = self._decoded(answer)
        for name, word, want in zip(_WORD_NAMES, words, wanted, strict=False):
            if word != want:
                raise self._failed(f"signs a transaction of another {name}", _remedy(name, fields))
        parity, r, s = (int.from_bytes(word, "big") for word in words[-_SIGNATURE_WORDS:])
        self._check(keccak(_EIP_1559 + encode_rlp(wanted)), r=r, s=s, parity=parity)
        if raw != _EIP_1559 + encode_rlp([*wanted, *map(integer_bytes, (parity, r, s))]):
            raise self._failed("encodes a transaction as nodes do not", "use a Web3Signer in its eth1 mode")
        return SignedTransaction(raw_transaction=HexBytes(raw), hash=HexBytes(keccak(raw)), r=r, s=s, v=parity)

    def try_out(self, chain_id: int) -> None:
        """Have a document and a transaction signed that are good for nothing: of no contract, and never mined.

        Raises:
            SignerAway: the signer does not answer.
            SignerFailed: it would not sign reports, or not for this chain.
        """
        self.sign_typed_data(
            full_message=document(
                "Trial",
                [{"name": "purpose", "type": "string"}],
                {"purpose": "catalyst check"},
                chain_id=chain_id,
                oracle_address=ZERO_ADDRESS,
                name="CatalystTrial",
            )
        )
        fees = {"maxFeePerGas": 1, "maxPriorityFeePerGas": 1}
        self.sign_transaction(
            {"chainId": chain_id, "nonce": _NEVER, "gas": 21_000, "to": self.address, "value": 0, "data": b"", **fees}
        )

    def _decoded(self, answer: Any) -> tuple[bytes, list[Any]]:
        """A transaction's bytes, and the words in it."""
        raw = bytes.fromhex(answer[2:]) if isinstance(answer, str) and _BYTES.fullmatch(answer) else b""
        try:
            words = decode(raw[1:]) if raw[:1] == _EIP_1559 else None
        except RLPException:
            words = None
        count = len(_WORD_NAMES) + _SIGNATURE_WORDS
        if not isinstance(words, list) or len(words) != count:
            raise self._failed("gives what is no signed EIP-1559 transaction", "use a Web3Signer of 23.8 or later")
        if not all(isinstance(word, bytes) for word in words[-_SIGNATURE_WORDS:]):
            raise self._failed("gives a transaction without a signature", "use a Web3Signer of 23.8 or later")
        return raw, words

    def _check(self, digest: bytes, *, r: int, s: int, parity: int) -> None:
        """That a signature of a digest is one that the contract takes, by this key."""
        made_by = None
        if parity in (0, 1):
            try:
                made_by = signer_of(digest, compact(r, s, 27 + parity))
            except ValueError:
                raise self._failed(
                    "gives a signature whose s is high, or 0", "contracts take none: use another"
                ) from None
        if made_by != self.address:
            raise self._failed(
                f"gives a signature of {made_by or 'nobody'}", "it used another key, or signed something else"
            )

    def _failed(self, what: str, remedy: str) -> SignerFailed:
        return SignerFailed(f"signer {self.shown}, asked for key {self.address}, {what}; {remedy}")


def remote_signers(url: str, addresses: Sequence[str]) -> list[RemoteSigner]:
    """The keys of a signer that are asked for, in that order; the one that it holds where none is named.

    A signer that does not answer now is taken to hold the keys that are named.

    Raises:
        SettingsError: the URL or an address is none, the signer holds several keys and none is named, or it does not
            hold one that is.
        SignerAway: it does not answer, and no key is named.
        SignerFailed: it does not say what it holds.
    """
    connection = SignerConnection(url)
    for address in addresses:
        if not is_address(address):
            raise SettingsError(f"--signer-address {address!a} is no address; give 0x and 40 hexadecimal digits")
    named = [str(to_checksum_address(address)) for address in addresses]
    try:
        held = _held(connection)
    except SignerAway as error:
        if not named:
            raise
        log.warning("%s; it is asked again when there is something to sign", error)
        return [RemoteSigner(connection, address) for address in named]
    if not named and len(held) != 1:
        what = f"{len(held)} keys ({', '.join(held[:5])}{', …' if len(held) > 5 else ''})" if held else "no key"
        remedy = "name those to use by --signer-address" if held else "load one into it"
        raise SettingsError(f"signer {connection.shown} holds {what}; {remedy}")
    for address in named:
        if address not in held:
            raise SettingsError(
                f"signer {connection.shown} does not hold key {address}; load it there, or correct --signer-address"
            )
    return [RemoteSigner(connection, address) for address in named or held]


def _held(connection: SignerConnection) -> list[str]:
    """Addresses of all keys of a signer, checksummed."""
    answer = connection.ask("eth_accounts", [])
    if not isinstance(answer, list) or not all(isinstance(each, str) and is_address(each) for each in answer):
        raise SignerFailed(
            f"signer {connection.shown} answers eth_accounts with what is no list of addresses; give --signer the URL "
            "of a Web3Signer that runs in its eth1 mode"
        )
    return [str(to_checksum_address(each)) for each in answer]


def _words(fields: dict[str, Any]) -> list[Item]:
    """An unsigned EIP-1559 transaction as RLP has it."""
    words: list[Item] = []
    for name in _WORD_NAMES[:-1]:
        value = fields.get(name, b"")
        if isinstance(value, str):
            value = bytes.fromhex(value.removeprefix("0x"))
        words.append(value if isinstance(value, bytes) else integer_bytes(value))
    return [*words, []]


def _remedy(name: str, fields: dict[str, Any]) -> str:
    if name == "chainId":
        return f"start it with --chain-id {fields['chainId']}"
    return "nothing of it is sent: check who answers there"


def _hexadecimal(value: bytes) -> str:
    return "0x" + value.hex()
