// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @notice An order that its user signs and a filler brings (ERC-7683).
struct GaslessCrossChainOrder {
    /// The contract that settles the order on its origin chain.
    address originSettler;
    /// Whose order it is, and whose tokens are drawn.
    address user;
    /// Tells two orders of the same content apart.
    uint256 nonce;
    uint256 originChainId;
    /// Timestamp until which the order can be opened.
    uint32 openDeadline;
    /// Timestamp until which it must be filled on the destination.
    uint32 fillDeadline;
    /// EIP-712 type hash of what `orderData` encodes.
    bytes32 orderDataType;
    bytes orderData;
}

/// @notice An order that its user opens with a transaction of its own (ERC-7683).
struct OnchainCrossChainOrder {
    uint32 fillDeadline;
    bytes32 orderDataType;
    bytes orderData;
}

/// @notice An order in the form that any filler understands (ERC-7683).
struct ResolvedCrossChainOrder {
    address user;
    uint256 originChainId;
    uint32 openDeadline;
    uint32 fillDeadline;
    bytes32 orderId;
    /// The most that the filler spends.
    Output[] maxSpent;
    /// The least that the filler receives.
    Output[] minReceived;
    FillInstruction[] fillInstructions;
}

/// @notice Tokens that must arrive (ERC-7683). Addresses are left-padded to 32 bytes.
struct Output {
    bytes32 token;
    uint256 amount;
    bytes32 recipient;
    uint256 chainId;
}

/// @notice What a filler brings to the destination (ERC-7683).
struct FillInstruction {
    uint256 destinationChainId;
    bytes32 destinationSettler;
    bytes originData;
}

/// @title IOriginSettler
/// @notice Where orders are opened (ERC-7683).
interface IOriginSettler {
    /// @notice An order was opened: its input is held by the settler.
    event Open(bytes32 indexed orderId, ResolvedCrossChainOrder resolvedOrder);

    /// @notice Opens an order for its user, who signed it.
    function openFor(GaslessCrossChainOrder calldata order, bytes calldata signature, bytes calldata originFillerData)
        external;

    /// @notice Opens an order of the caller.
    function open(OnchainCrossChainOrder calldata order) external;

    /// @notice The order as `openFor` would open it.
    function resolveFor(GaslessCrossChainOrder calldata order, bytes calldata originFillerData)
        external
        view
        returns (ResolvedCrossChainOrder memory);

    /// @notice The order as `open` would open it for the caller.
    function resolve(OnchainCrossChainOrder calldata order) external view returns (ResolvedCrossChainOrder memory);
}

/// @title IDestinationSettler
/// @notice Where orders are filled (ERC-7683).
interface IDestinationSettler {
    /// @notice Fills one leg of an order.
    /// @param orderId Of the order.
    /// @param originData From the fill instruction of the order.
    /// @param fillerData What the filler wants of the settler.
    function fill(bytes32 orderId, bytes calldata originData, bytes calldata fillerData) external;
}
