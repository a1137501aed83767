// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @notice On what terms somebody carries tokens from this chain to another one.
struct Offer {
    /// HashLock or RelayPool of this chain, and of the other one.
    address settler;
    address token;
    uint64 targetChainId;
    address targetSettler;
    address targetToken;
    /// Taken of an amount: fixed + ⌈amount · bps / 10⁴⌉, in units of the token.
    uint128 feeFixed;
    uint16 feeBps;
    uint128 leastAmount;
    /// 0 withdraws the offer.
    uint128 mostAmount;
    /// Of a HashLock: the least time until the expiry of a lock that is answered.
    uint32 lockSeconds;
}

/// @title IRouteOffers
/// @notice A board on which makers of hash locks and relayers post their fees. It holds no tokens and binds nobody: who
///         does not keep to an offer leaves a lock or an order alone, which then goes back to its sender by time.
///
/// Guarantees, each held by the test named beside it in `docs/routes.md`:
/// 1. Only a provider posts its own offers.
/// 2. The offer that is read is the last one posted between these settlers and tokens.
interface IRouteOffers {
    /// @notice The fee is above the whole, or the least amount above the most.
    error InvalidOffer(string reason);

    /// @param key Of settlers, chain and tokens: `keyOf`.
    event Posted(address indexed provider, bytes32 indexed key, Offer offer);

    /// @notice Posts an offer of the caller in place of its last one of the same key.
    function post(Offer calldata offer) external;

    /// @notice The last offer of a provider; all 0 where there is none.
    function offerOf(address provider, bytes32 key) external view returns (Offer memory);

    /// @notice What an offer is between.
    function keyOf(Offer calldata offer) external pure returns (bytes32);
}
