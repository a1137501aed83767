"""What a proxy in front of a node, or a node that is not well, answers: one sentence, not a crash."""

from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest

from oracle.chain.connection import Chain, connect
from oracle.errors import ConnectionFailed
from tests.chain.answering import answering

_CHAIN_ID = b'{"jsonrpc":"2.0","id":0,"result":"0x7a69"}'


def _answering(*bodies: bytes) -> AbstractContextManager[str]:
    """A server that gives the bodies in turn, then the last one for good."""
    left = list(bodies)
    return answering(lambda _: left.pop(0) if len(left) > 1 else left[0])


_BAD = [
    b"<html>502 Bad Gateway</html>",
    b"",
    b"[]",
    b'{"jsonrpc":"2.0","id":1,"result":null}',
    b'{"jsonrpc":"2.0","id":1,"result":"what"}',
]


@pytest.mark.parametrize("body", _BAD)
def test_a_node_that_answers_nonsense_at_the_start_is_named(body: bytes) -> None:
    with _answering(body) as url, pytest.raises(ConnectionFailed, match=r"127\.0\.0\.1"):
        connect(url)


_CALLS: dict[str, Callable[[Chain], object]] = {
    "head": Chain.head,
    "block": lambda chain: chain.block(1),
    "code": lambda chain: chain.code("0x" + "11" * 20),
    "nonce": lambda chain: chain.nonce("0x" + "11" * 20),
    "base fee": Chain.base_fee,
}


@pytest.mark.parametrize("body", _BAD)
@pytest.mark.parametrize("call", _CALLS.values(), ids=_CALLS)
def test_a_node_that_answers_nonsense_later_is_named(body: bytes, call: Callable[[Chain], object]) -> None:
    block = (
        b'{"jsonrpc":"2.0","id":1,"result":{"number":"0x0","timestamp":"0x1","hash":"0x%b","parentHash":"0x%b"}}'
        % (b"11" * 32, b"00" * 32)
    )
    head = b'{"jsonrpc":"2.0","id":1,"result":"0x0"}'
    with _answering(_CHAIN_ID, block, head, block, body) as url:
        chain = connect(url)
        with pytest.raises(ConnectionFailed, match=r"127\.0\.0\.1"):
            call(chain)
