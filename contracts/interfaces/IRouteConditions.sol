// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ICommittee} from "../routes/ICommittee.sol";
import {CompactSignature} from "./IPhiOracle.sol";

/// @notice One bridge of a route. A route is the keccak256 of its legs, so it is the same on every chain.
struct RouteLeg {
    uint64 sourceChainId;
    /// HashLock or RelayPool of the source chain.
    address sourceSettler;
    address sourceToken;
    uint64 targetChainId;
    address targetSettler;
    address targetToken;
}

/// @notice What a route costs and how it behaves, as operators saw it. They sign this by EIP-712.
struct RouteReport {
    bytes32 route;
    /// Above that of the report before.
    uint64 sequence;
    /// Of the latest block that was read of this chain.
    uint64 observedAtSeconds;
    /// Until when it holds: at most a day later.
    uint64 validUntilSeconds;
    /// Time that 95 of 100 transfers take at most.
    uint32 p95Seconds;
    /// Transfers that succeed.
    uint16 successBps;
    /// What the route takes of an amount, from first to last leg: fixed + ⌈amount · bps / 10⁴⌉.
    uint16 feeBps;
    /// In units of the token.
    uint128 feeFixed;
    /// The most that it carries, in units of the token; 0 closes the route.
    uint128 mostAmount;
    /// Hash of the observations, from which anyone computes the report anew.
    bytes32 evidence;
}

/// @notice The conditions of a route in force.
struct Conditions {
    uint64 sequence;
    uint64 observedAtSeconds;
    uint64 validUntilSeconds;
    uint32 p95Seconds;
    uint16 successBps;
    uint16 feeBps;
    uint128 feeFixed;
    uint128 mostAmount;
}

/// @title IRouteConditions
/// @notice Conditions of routes between chains, signed by k of n operators, so that a contract can demand the quote.
///
/// The operators are those of a PhiOracle, as they are at the moment of the call, or a list of its own that never
/// changes. Other contracts ask it too whether the operators signed something (`requireQuorum`): {IRelayPool} does.
///
/// Guarantees, each held by the test named beside it in `docs/routes.md`:
/// 1. Only what at least the threshold of distinct operators signed for this chain and this contract comes into force.
/// 2. A report counts once, and never after a later one of its route: sequences ascend.
/// 3. `demand` passes only until the report's time is over, for an amount within its limit, and for a payment that is
///    at least what the report says arrives.
/// 4. There is no owner: nobody changes conditions, or the list of operators, but the operators by the PhiOracle.
interface IRouteConditions is ICommittee {
    /* ERRORS */

    /// @notice The report is none: `reason` says why in words.
    error InvalidReport(string reason);
    /// @notice A report of this or a later sequence is in force.
    error SequenceNotAscending(uint64 got, uint64 last);
    /// @notice No report about the route ever came.
    error NoConditions(bytes32 route);
    /// @notice The report's time is over.
    error Expired(uint256 gotSeconds, uint256 limitSeconds);
    /// @notice More than the route carries.
    error AmountTooLarge(uint256 got, uint256 limit);
    /// @notice Less arrives than the report says.
    error WorseThanQuoted(uint256 got, uint256 limit);

    /* EVENTS */

    event Published(bytes32 indexed route, uint64 indexed sequence, RouteReport report, uint32 signers);

    /* CALLS */

    /// @notice Puts a report in force. Anyone may bring it.
    /// @param signatures Over `reportDigest`, of at least the threshold of operators, in their order.
    function publish(RouteReport calldata report, CompactSignature[] calldata signatures) external;

    /* READS */

    /// @notice Reverts unless a transfer is as good as the route's report says.
    /// @param amountIn What leaves the source, in units of the token.
    /// @param amountOut What arrives at the target.
    /// @return The conditions, for whoever looks at time or success too.
    function demand(bytes32 route, uint256 amountIn, uint256 amountOut) external view returns (Conditions memory);

    /// @notice What arrives of an amount by the conditions in force; 0 where the fee takes all.
    function quote(bytes32 route, uint256 amountIn) external view returns (uint256 amountOut);

    /// @notice The last report of a route, in force or over; sequence 0 where there is none.
    function conditionsOf(bytes32 route) external view returns (Conditions memory);

    /// @notice The id of a route.
    function routeOf(RouteLeg[] calldata legs) external pure returns (bytes32);

    /// @notice What operators sign.
    function reportDigest(RouteReport calldata report) external view returns (bytes32);
}
