// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {FillInstruction, GaslessCrossChainOrder, Output, ResolvedCrossChainOrder} from "../routes/IERC7683.sol";
import {CrossOrder, RelayOrder} from "../interfaces/IRelayPool.sol";

/// @title RelayHash
/// @notice Ids and EIP-712 struct hashes of orders, and their ERC-7683 form. The twin is `oracle/bridges/orders.py`.
library RelayHash {
    string private constant ORDER = "RelayOrder(uint128 inputAmount,uint64 destinationChainId,"
        "address destinationSettler,address outputToken,uint128 outputAmount,address recipient,uint256 nonce)";
    bytes32 internal constant ORDER_TYPEHASH = keccak256(bytes(ORDER));
    bytes32 private constant GASLESS_TYPEHASH = keccak256(
        abi.encodePacked(
            "GaslessCrossChainOrder(address originSettler,address user,uint256 nonce,uint256 originChainId,"
            "uint32 openDeadline,uint32 fillDeadline,bytes32 orderDataType,RelayOrder orderData)",
            ORDER
        )
    );
    bytes32 private constant VERDICT_TYPEHASH = keccak256("Verdict(bytes32 orderId,address filler)");

    /// @notice The id of an order, the same on both chains.
    function idOf(CrossOrder memory order) internal pure returns (bytes32) {
        return keccak256(abi.encode(order));
    }

    /// @notice What the user of a gasless order signs, without the domain.
    /// @param data The order's `orderData`, decoded.
    function gasless(GaslessCrossChainOrder calldata order, RelayOrder memory data) internal pure returns (bytes32) {
        return keccak256(
            abi.encode(
                GASLESS_TYPEHASH,
                order.originSettler,
                order.user,
                order.nonce,
                order.originChainId,
                order.openDeadline,
                order.fillDeadline,
                order.orderDataType,
                keccak256(abi.encode(ORDER_TYPEHASH, data)) // a struct of words alone is encoded as these words
            )
        );
    }

    /// @notice What operators sign about an order, without the domain.
    function verdict(bytes32 orderId, address filler) internal pure returns (bytes32) {
        return keccak256(abi.encode(VERDICT_TYPEHASH, orderId, filler));
    }

    /// @notice The order as this chain's contract knows it.
    function known(RelayOrder memory data, address user, uint32 fillDeadline)
        internal
        view
        returns (CrossOrder memory)
    {
        return CrossOrder({
            originChainId: block.chainid,
            originSettler: address(this),
            user: user,
            nonce: data.nonce,
            fillDeadline: fillDeadline,
            inputAmount: data.inputAmount,
            destinationChainId: data.destinationChainId,
            destinationSettler: data.destinationSettler,
            outputToken: data.outputToken,
            outputAmount: data.outputAmount,
            recipient: data.recipient
        });
    }

    /// @notice The order in the form that any filler understands.
    /// @param inputToken The token of the origin.
    function resolved(CrossOrder memory order, address inputToken, uint32 openDeadline)
        internal
        pure
        returns (ResolvedCrossChainOrder memory)
    {
        Output[] memory spent = new Output[](1);
        spent[0] =
            Output(_word(order.outputToken), order.outputAmount, _word(order.recipient), order.destinationChainId);
        Output[] memory received = new Output[](1);
        received[0] = Output(_word(inputToken), order.inputAmount, 0, order.originChainId); // whoever fills gets it
        FillInstruction[] memory instructions = new FillInstruction[](1);
        instructions[0] = FillInstruction(order.destinationChainId, _word(order.destinationSettler), abi.encode(order));
        return ResolvedCrossChainOrder(
            order.user,
            order.originChainId,
            openDeadline,
            order.fillDeadline,
            idOf(order),
            spent,
            received,
            instructions
        );
    }

    function _word(address account) private pure returns (bytes32) {
        return bytes32(uint256(uint160(account)));
    }
}
