"""Keys of a remote signer: what it gives is used only where it is what was asked for."""

import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from eth_account import Account
from eth_account.signers.local import LocalAccount
from rlp import decode, encode

from oracle.chain import signer_connection
from oracle.chain.redact import redact
from oracle.chain.remote_signer import RemoteSigner, remote_signers
from oracle.chain.signer_connection import SignerConnection
from oracle.errors import SettingsError, SignerAway, SignerFailed
from oracle.report.signing import Report, digest, sign_document, signer_of, typed_data
from tests.chain.certificates import own_certificate
from tests.chain.signing_server import SigningServer, signing_server

CHAIN_ID = 31337
ORACLE = "0x" + "55" * 20
KEY: LocalAccount = Account.from_key("0x" + "42" * 32)
OTHER: LocalAccount = Account.from_key("0x" + "43" * 32)
REPORT = Report(7, 8, 15, 1_700_000_000, b"\x01" * 32, b"\x02" * 32, b"\x03" * 32)
DOCUMENT = typed_data(REPORT, chain_id=CHAIN_ID, oracle_address=ORACLE)
FIELDS: dict[str, Any] = {
    "type": 2,
    "chainId": CHAIN_ID,
    "nonce": 0,
    "value": 0,
    "data": b"\x00\x01" * 300,
    "gas": 400_000,
    "maxFeePerGas": 3 * 10**9,
    "maxPriorityFeePerGas": 10**9,
    "to": ORACLE,
}
ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141


@pytest.fixture
def server() -> Iterator[SigningServer]:
    with signing_server([KEY], CHAIN_ID) as made:
        yield made


@pytest.fixture
def signer(server: SigningServer) -> RemoteSigner:
    (made,) = remote_signers(server.url, [])
    return made


def test_it_signs_what_the_key_itself_would_sign(server: SigningServer, signer: RemoteSigner) -> None:
    assert signer.address == KEY.address
    (signature,) = sign_document(DOCUMENT, [signer])
    assert (signature,) == sign_document(DOCUMENT, [KEY])
    assert signer_of(digest(REPORT, chain_id=CHAIN_ID, oracle_address=ORACLE), signature) == KEY.address
    assert signer.sign_typed_data(full_message=DOCUMENT) == KEY.sign_typed_data(full_message=DOCUMENT)
    creation = {name: value for name, value in FIELDS.items() if name != "to"} | {"nonce": 300, "value": 5}
    for fields in (FIELDS, creation, FIELDS | {"to": KEY.address, "data": b"", "nonce": 2**40}):
        assert signer.sign_transaction(fields) == KEY.sign_transaction(fields)
    assert server.asked[0] == "eth_accounts"


def test_it_takes_a_parity_in_place_of_27_or_28(server: SigningServer, signer: RemoteSigner) -> None:
    server.spoil = lambda _, result: result[:-2] + f"{int(result[-2:], 16) - 27:02x}"
    assert signer.sign_typed_data(full_message=DOCUMENT) == KEY.sign_typed_data(full_message=DOCUMENT)


def _of(name: str, value: Any) -> Any:
    """The transaction of another field, well signed."""
    return "0x" + KEY.sign_transaction(FIELDS | {name: value}).raw_transaction.hex()


def _high_s(method: str, result: str) -> str:
    raw = bytes.fromhex(result[2:])
    if method == "eth_signTypedData":
        s = ORDER - int.from_bytes(raw[32:64], "big")
        return "0x" + (raw[:32] + s.to_bytes(32, "big") + bytes((55 - raw[64],))).hex()
    words = decode(raw[1:])
    words[-1] = (ORDER - int.from_bytes(words[-1], "big")).to_bytes(32, "big")
    words[-3] = b"\x01" if words[-3] == b"" else b""
    return "0x02" + bytes(encode(words)).hex()


def _by_other(method: str, result: str) -> str:
    if method == "eth_signTypedData":
        return "0x" + OTHER.sign_typed_data(full_message=DOCUMENT).signature.hex()
    return "0x" + OTHER.sign_transaction(FIELDS).raw_transaction.hex()


def _parity_of_five(method: str, result: str) -> str:
    words = decode(bytes.fromhex(result[4:]))
    words[-3] = b"\x05"
    return "0x02" + bytes(encode(words)).hex()


@pytest.mark.parametrize(
    ("spoilt", "said"),
    [
        (_by_other, f"gives a signature of {OTHER.address}; it used another key"),
        (_high_s, "gives a signature whose s is high"),
        (lambda *_: "0x" + "00" * 65, "gives a signature whose s is high, or 0"),
        (lambda *_: "0x" + "11" * 64 + "1b", "gives a signature of 0x|of nobody"),
        (lambda _, result: result[:-2], "gives what is no signature of 65 bytes"),
        (lambda _, result: result + "00", "gives what is no signature of 65 bytes"),
        (lambda _, result: result[:-2] + "1d", "gives what is no signature of 65 bytes"),
        (lambda *_: {"signature": "0x"}, "gives what is no signature of 65 bytes"),
        (lambda *_: 7, "gives what is no signature of 65 bytes"),
    ],
)
def test_a_signature_that_is_not_what_was_asked_for_is_refused(
    server: SigningServer, signer: RemoteSigner, spoilt: Any, said: str
) -> None:
    server.spoil = spoilt
    with pytest.raises(SignerFailed, match=said) as caught:
        signer.sign_typed_data(full_message=DOCUMENT)
    assert f"signer {server.url}, asked for key {KEY.address}, gives" in str(caught.value)


@pytest.mark.parametrize(
    ("spoilt", "said"),
    [
        (lambda *_: _of("chainId", 1), f"another chainId; start it with --chain-id {CHAIN_ID}"),
        (lambda *_: _of("nonce", 1), "another nonce; nothing of it is sent"),
        (lambda *_: _of("value", 1), "another value"),
        (lambda *_: _of("to", KEY.address), "another to"),
        (lambda *_: _of("data", b"\x01"), "another data"),
        (lambda *_: _of("gas", 1), "another gas"),
        (lambda *_: _of("maxFeePerGas", 10**12), "another maxFeePerGas"),
        (lambda *_: _of("maxPriorityFeePerGas", 1), "another maxPriorityFeePerGas"),
        (lambda *_: _of("accessList", [{"address": ORACLE, "storageKeys": []}]), "another accessList"),
        (_by_other, f"gives a signature of {OTHER.address}"),
        (_high_s, "gives a signature whose s is high"),
        (_parity_of_five, "gives a signature of nobody"),
        (lambda *_: "0x", "no signed EIP-1559 transaction"),
        (lambda *_: "0x02", "no signed EIP-1559 transaction"),
        (lambda *_: "0x02c0", "no signed EIP-1559 transaction"),
        (lambda *_: "0x02" + encode([[b""]] * 12).hex(), "a transaction without a signature"),
        (lambda _, result: result + "00", "no signed EIP-1559 transaction"),
        (lambda _, result: result[:-2], "no signed EIP-1559 transaction"),
        (lambda _, result: result.replace("0x02", "0x01", 1), "no signed EIP-1559 transaction"),
        (lambda *_: "0x02zz", "no signed EIP-1559 transaction"),
        (lambda *_: {"raw": "0x02", "tx": {}}, "no signed EIP-1559 transaction"),
    ],
)
def test_a_transaction_that_is_not_what_was_asked_for_is_refused(
    server: SigningServer, signer: RemoteSigner, spoilt: Any, said: str
) -> None:
    server.spoil = spoilt
    with pytest.raises(SignerFailed, match=said):
        signer.sign_transaction(FIELDS)


def test_leading_zeros_in_a_signature_are_refused(server: SigningServer, signer: RemoteSigner) -> None:
    def spoil(_: str, result: str) -> str:
        words = decode(bytes.fromhex(result[4:]))
        words[-2] = b"\x00" + words[-2]
        return "0x02" + bytes(encode(words)).hex()

    server.spoil = spoil
    with pytest.raises(SignerFailed, match="encodes a transaction as nodes do not"):
        signer.sign_transaction(FIELDS)


@pytest.mark.parametrize(
    ("body", "status", "said"),
    [
        (
            b"",
            200,
            f"for key {KEY.address} with what is no JSON-RPC; give --signer the URL of a Web3Signer",
        ),
        (b"OK", 200, "with what is no JSON-RPC"),
        (b"[]", 200, "with what is no JSON-RPC"),
        (b'{"result": null}', 200, "with what is no JSON-RPC"),
        (b"\xff" * 9, 200, "with what is no JSON-RPC"),
        (b"[" * 100_000, 200, "with what is no JSON-RPC"),
        (b"", 404, "with status 404; give --signer the URL of a Web3Signer that runs in its eth1 mode"),
        (b"", 403, "with status 403; name its host in its --http-host-allowlist"),
        (b"", 302, "with status 302"),
        (b'{"error": {"code": -32602, "message": "Invalid params"}}', 400, r"refuses .*: Invalid params \(-32602\)"),
        (b'{"error": "no"}', 200, "refuses eth_signTypedData for key 0x[0-9a-fA-F]{40}: no; its log says why"),
        (b'{"error": {"message": "a\\nb\\u001b[31m"}}', 200, r": ab\[31m; its log"),
    ],
)
def test_other_answers_are_named(
    server: SigningServer, signer: RemoteSigner, body: bytes, status: int, said: str
) -> None:
    server.spoil, server.status = lambda *_: body, status
    with pytest.raises(SignerFailed, match=said) as caught:
        signer.sign_typed_data(full_message=DOCUMENT)
    assert not isinstance(caught.value, SignerAway)
    assert str(caught.value).isprintable()
    assert len(str(caught.value)) < 400


def test_what_is_too_long_is_not_read_to_its_end(server: SigningServer, signer: RemoteSigner) -> None:
    server.spoil = lambda *_: b'"' + b"0" * 100_000_000
    with pytest.raises(SignerFailed, match="with more than 1048576 bytes"):
        signer.sign_typed_data(full_message=DOCUMENT)
    assert server.cut_off.wait(30)


@pytest.mark.parametrize("how", ["closed", "gone", "busy", "hung"])
def test_a_signer_that_is_away_is_told_apart(
    server: SigningServer, signer: RemoteSigner, how: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = "does not answer"
    if how == "closed":
        server.away = True
    elif how == "gone":
        signer = RemoteSigner(SignerConnection("http://127.0.0.1:9"), KEY.address)
    elif how == "busy":
        server.spoil, server.status, said = lambda *_: b"", 503, "with status 503; its log says why"
    else:
        monkeypatch.setattr(signer_connection, "_ANSWER_SECONDS", 0.2)
        server.hang = threading.Event()
    with pytest.raises(SignerAway, match=said):
        signer.sign_typed_data(full_message=DOCUMENT)


def test_an_answer_that_trickles_is_given_up(
    server: SigningServer, signer: RemoteSigner, monkeypatch: pytest.MonkeyPatch
) -> None:
    import socket

    monkeypatch.setattr(signer_connection, "_ANSWER_SECONDS", 0.5)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        over = threading.Event()

        def trickle() -> None:
            connection, _ = listener.accept()
            with connection:
                connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
                while not over.wait(0.05):
                    try:
                        connection.sendall(b"0")
                    except OSError:
                        return

        thread = threading.Thread(target=trickle)
        thread.start()
        try:
            slow = RemoteSigner(SignerConnection(f"http://127.0.0.1:{listener.getsockname()[1]}"), KEY.address)
            with pytest.raises(SignerAway, match="does not answer"):
                slow.sign_typed_data(full_message=DOCUMENT)
        finally:
            over.set()
            thread.join()


def test_a_certificate_of_its_own_authority_is_trusted_where_that_is_named(
    tmp_path: Path,
) -> None:
    context, certificate = own_certificate(tmp_path)
    with signing_server([KEY], CHAIN_ID, context) as secured:
        with pytest.raises(SignerFailed, match=r"that is not trusted here.* SSL_CERT_FILE") as caught:
            remote_signers(secured.url, [KEY.address])
        assert not isinstance(caught.value, SignerAway)
        asked = f"from oracle.chain.remote_signer import remote_signers as r; print(r({secured.url!r}, [])[0].address)"
        environment = {**os.environ, "SSL_CERT_FILE": str(certificate)}
        done = subprocess.run(
            [sys.executable, "-c", asked], env=environment, capture_output=True, text=True, check=True
        )
        assert done.stdout.strip() == KEY.address


def test_a_key_that_it_does_not_hold_is_named(server: SigningServer) -> None:
    missing = RemoteSigner(SignerConnection(server.url), OTHER.address)
    for sign in (lambda: missing.sign_typed_data(full_message=DOCUMENT), lambda: missing.sign_transaction(FIELDS)):
        with pytest.raises(SignerFailed, match=r"No unlocked account .*; load that key into it") as caught:
            sign()
        assert f"for key {OTHER.address}: " in str(caught.value)


def test_which_of_its_keys_are_used() -> None:
    with signing_server([KEY, OTHER], CHAIN_ID) as server:
        with pytest.raises(SettingsError, match=r"holds 2 keys \(0x.*\); name those to use by --signer-address"):
            remote_signers(server.url, [])
        assert [each.address for each in remote_signers(server.url, [OTHER.address.lower()])] == [OTHER.address]
        both = remote_signers(server.url, [OTHER.address, KEY.address])
        assert [each.address for each in both] == [OTHER.address, KEY.address]
        with pytest.raises(SettingsError, match=f"does not hold key 0x{'11' * 20}; load it there"):
            remote_signers(server.url, ["0x" + "11" * 20])
        with pytest.raises(SettingsError, match="'0x12' is no address"):
            remote_signers(server.url, ["0x12"])
        server.keys = []
        with pytest.raises(SettingsError, match="holds no key; load one into it"):
            remote_signers(server.url, [])
        server.spoil = lambda *_: ["0x12"]
        with pytest.raises(SignerFailed, match="what is no list of addresses"):
            remote_signers(server.url, [])


def test_a_signer_that_is_away_at_the_start_is_taken_at_its_named_keys(server: SigningServer) -> None:
    server.away = True
    with pytest.raises(SignerAway):
        remote_signers(server.url, [])
    (later,) = remote_signers(server.url, [KEY.address])
    server.away = False
    assert later.sign_transaction(FIELDS) == KEY.sign_transaction(FIELDS)


@pytest.mark.parametrize("url", ["", "127.0.0.1:9000", "ftp://signer/", "http://", "http://[", "file:///etc/passwd"])
def test_what_is_no_url_is_refused(url: str) -> None:
    with pytest.raises(SettingsError, match="--signer is no URL of http or https"):
        remote_signers(url, [])


def test_a_secret_in_the_url_is_shown_nowhere(server: SigningServer) -> None:
    url = server.url.replace("http://", "http://s1gning-user:hunter22222@") + "/s3cr3t-path"
    with pytest.raises(SignerFailed) as caught:
        remote_signers(url, [KEY.address])
    assert f"signer {server.url}/… answers eth_accounts with status 404" in str(caught.value)
    for secret in ("s1gning-user", "hunter22222", "s3cr3t-path"):
        assert secret not in str(caught.value)
        assert secret not in redact(f"POST /{secret}")


def test_a_trial_signs_nothing_of_use(server: SigningServer, signer: RemoteSigner) -> None:
    signer.try_out(CHAIN_ID)
    (document,) = server.documents
    assert document["domain"]["name"] == "CatalystTrial"
    assert server.asked[-1] == "eth_signTransaction"
    with pytest.raises(SignerFailed, match="start it with --chain-id 5"):
        signer.try_out(5)
