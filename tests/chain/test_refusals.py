"""What a node's refusal says of a revert, in the forms that nodes give it."""

from typing import Any

import pytest
from web3.exceptions import Web3RPCError

from oracle.chain.calls import revert_of
from oracle.chain.refusals import revert_data
from oracle.errors import ConnectionFailed


def _refused(error: Any) -> ConnectionFailed:
    failed = ConnectionFailed("refused")
    failed.__cause__ = Web3RPCError("refused", rpc_response={"jsonrpc": "2.0", "id": 1, "error": error})
    return failed


@pytest.mark.parametrize(
    ("error", "data"),
    [
        ({"code": 3, "message": "execution reverted", "data": "0xdd6a67de"}, bytes.fromhex("dd6a67de")),
        (
            {"code": -32015, "message": "VM execution error: reverted", "data": "Reverted 0xdd6a67de"},
            b"\xdd\x6a\x67\xde",
        ),
        ({"code": -32000, "message": "execution reverted"}, None),
        ({"code": 3, "message": "execution reverted", "data": {"nested": "0xdd"}}, None),
        ({"code": 3, "message": "execution reverted", "data": "0xdd6"}, None),
        ({"code": -32000, "message": "header not found", "data": "0xdd6a67de"}, None),
    ],
)
def test_only_a_revert_with_data_is_one(error: Any, data: bytes | None) -> None:
    assert revert_data(_refused(error)) == data


def test_a_node_that_was_not_reached_told_of_no_revert() -> None:
    assert revert_data(ConnectionFailed("away")) is None


def test_data_that_the_error_does_not_have_is_shown_as_it_is() -> None:
    whole = revert_of(bytes.fromhex("dd6a67de"), ("DifficultyController",))
    assert whole.name == "NoActiveNodes"
    made_up = bytes.fromhex("1a2b3c4d") + b"\x01"
    assert revert_of(made_up, ("DifficultyController",)).name == "0x" + made_up.hex()
