"""Orders between chains as `contracts/routes/RelayPool.sol` has them (ERC-7683), and what is signed about them."""

from dataclasses import astuple, dataclass
from enum import IntEnum
from typing import Any

from eth_abi.abi import encode
from eth_hash.auto import keccak

from oracle.plans.signing import typed_document

_CONTRACT = "RelayPool"
_RELAY_ORDER = {
    "inputAmount": "uint128",
    "destinationChainId": "uint64",
    "destinationSettler": "address",
    "outputToken": "address",
    "outputAmount": "uint128",
    "recipient": "address",
    "nonce": "uint256",
}
_GASLESS = {
    "originSettler": "address",
    "user": "address",
    "nonce": "uint256",
    "originChainId": "uint256",
    "openDeadline": "uint32",
    "fillDeadline": "uint32",
    "orderDataType": "bytes32",
    "orderData": "RelayOrder",
}
_VERDICT = {"orderId": "bytes32", "filler": "address"}
RELAY_ORDER_TYPES = list(_RELAY_ORDER.values())
ORDER_TYPE = bytes(keccak(f"RelayOrder({','.join(f'{kind} {name}' for name, kind in _RELAY_ORDER.items())})".encode()))
CROSS_ORDER_TYPE = "(uint256,address,address,uint256,uint32,uint128,uint256,address,address,uint128,address)"


class OrderStatus(IntEnum):
    """Where an order stands on its origin chain."""

    UNKNOWN = 0
    OPEN = 1
    CLAIMED = 2
    DISPUTED = 3
    SETTLED = 4
    REFUNDED = 5


@dataclass(frozen=True)
class CrossOrder:
    """An order as both chains know it. Amounts are in units of the tokens of their chains."""

    origin_chain_id: int
    origin_settler: str
    user: str
    nonce: int
    fill_deadline: int  # a timestamp
    input_amount: int
    destination_chain_id: int
    destination_settler: str
    output_token: str
    output_amount: int
    recipient: str


def order_arguments(order: CrossOrder) -> tuple[Any, ...]:
    """An order as the contract's calls take it."""
    return astuple(order)


def origin_data(order: CrossOrder) -> bytes:
    """What a filler brings to the destination."""
    return encode([CROSS_ORDER_TYPE], [order_arguments(order)])


def order_id(order: CrossOrder) -> bytes:
    """The id of an order, 32 bytes, the same on both chains."""
    return bytes(keccak(origin_data(order)))


def filler_data(filler: str, *, from_pool: bool) -> bytes:
    """What a filler says to the destination: who is paid on the origin, and whether the pool's tokens are used."""
    return encode(["address", "bool"], [filler, from_pool])


def onchain_arguments(order: CrossOrder) -> tuple[Any, ...]:
    """An order as its user opens it (OnchainCrossChainOrder)."""
    return order.fill_deadline, ORDER_TYPE, encode(RELAY_ORDER_TYPES, list(_relay_order(order).values()))


def gasless_arguments(order: CrossOrder, open_deadline: int) -> tuple[Any, ...]:
    """An order as somebody else opens it for its user (GaslessCrossChainOrder)."""
    fill_deadline, order_type, data = onchain_arguments(order)
    return (
        order.origin_settler,
        order.user,
        order.nonce,
        order.origin_chain_id,
        open_deadline,
        fill_deadline,
        order_type,
        data,
    )


def gasless_document(order: CrossOrder, open_deadline: int) -> dict[str, Any]:
    """What the user of a gasless order signs: wallets show it field by field."""
    values: dict[str, Any] = dict(zip(_GASLESS, gasless_arguments(order, open_deadline), strict=True))
    values["orderData"] = _relay_order(order)
    types = {"GaslessCrossChainOrder": _GASLESS, "RelayOrder": _RELAY_ORDER}
    return typed_document(
        _CONTRACT,
        "GaslessCrossChainOrder",
        types,
        values,
        chain_id=order.origin_chain_id,
        contract=order.origin_settler,
    )


def verdict_document(order: CrossOrder, filler: str) -> dict[str, Any]:
    """What operators sign about an order: who filled it in time, or the address 0 for nobody."""
    return typed_document(
        _CONTRACT,
        "Verdict",
        {"Verdict": _VERDICT},
        {"orderId": order_id(order), "filler": filler},
        chain_id=order.origin_chain_id,
        contract=order.origin_settler,
    )


def _relay_order(order: CrossOrder) -> dict[str, Any]:
    values = (
        order.input_amount,
        order.destination_chain_id,
        order.destination_settler,
        order.output_token,
        order.output_amount,
        order.recipient,
        order.nonce,
    )
    return dict(zip(_RELAY_ORDER, values, strict=True))
