// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title IConsensusRegistry
/// @notice The nodes of the network, θₙ,₀ and φₙ of each, and Σexp(φ).
///
/// Units: `Wad` is a value times 1e18. A lane is φ·2¹⁵ as a signed 16-bit integer (see PhiLanes).
///
/// Guarantees, each held by the test named beside it in `docs/contracts.md`:
/// 1. θₙ,₁ = θₙ,₀ + φₙ: always from the initial value, never accumulated.
/// 2. Only a report or `relax` changes φ; only the owner registers, retires or sets θ₀.
/// 3. Σexp(φ) equals the sum over active nodes recomputed from their lanes, exactly, after any sequence of changes.
/// 4. θ of every active node lies within [thetaMinWad, thetaMaxWad] after every report and every change of its θ₀;
///    `relax` moves it toward θ₀ and nowhere else.
/// 5. A retired node has θ₀ = φ = 0 for good and counts in no sum; its index is never reused.
/// 6. Lanes at or beyond the node count are 0.
interface IConsensusRegistry {
    /* ERRORS */

    /// @notice A required address is zero; `index` is its position in the call's list, or 0 if there is no list.
    error ZeroAddress(uint256 index);
    /// @notice Two lists that must match in length do not.
    error LengthMismatch(uint256 got, uint256 expected);
    /// @notice More nodes than this contract can hold.
    error TooManyNodes(uint256 got, uint256 limit);
    /// @notice No node has this index.
    error UnknownNode(uint256 node, uint256 nodeCount);
    /// @notice The node was retired.
    error NodeIsRetired(uint256 node);
    /// @notice Retiring the node would leave no active node, and p would have no divisor.
    error LastActiveNode(uint256 node);
    /// @notice θ of `node` would leave the bounds.
    error ThetaOutOfBounds(uint256 node, int256 thetaWad, uint256 minWad, uint256 maxWad);
    /// @notice The bounds are not 0 ≤ min ≤ max ≤ 1e18.
    error InvalidThetaBounds(uint256 minWad, uint256 maxWad);
    /// @notice φ does not have ⌈N/16⌉ words.
    error WrongPhiLength(uint256 got, uint256 expected);
    /// @notice |φ| of `node` is above the limit; both in lane units.
    error PhiTooLarge(uint256 node, int256 phiLane, uint256 limitLane);
    /// @notice |φ − previous φ| of `node` is above the limit; all in lane units.
    error StepTooLarge(uint256 node, int256 phiLane, int256 previousLane, uint256 limitLane);
    /// @notice A lane at or beyond the node count is set.
    error UnusedLaneSet(uint256 lane, uint256 nodeCount);
    /// @notice The lane of a retired node is set.
    error RetiredLaneSet(uint256 node, int256 phiLane);
    /// @notice Every φ is 0 already.
    error NothingToRelax();
    /// @notice Ownership is transferred, never renounced: without an owner, paused reports would stay paused for good.
    error OwnerRequired();

    /* EVENTS */

    event NodeRegistered(uint256 indexed node, address indexed miner, uint256 theta0Wad);
    event NodeRetired(uint256 indexed node, int256 phiLane, uint256 theta0Wad);
    event MinerChanged(uint256 indexed node, address indexed previous, address indexed miner);
    event Theta0Changed(uint256 indexed node, uint256 previousWad, uint256 theta0Wad);
    event ThetaBoundsChanged(uint256 minWad, uint256 maxWad);
    event SumExpChanged(uint256 previousWad, uint256 sumExpWad);

    /* NODE MANAGEMENT (owner) */

    /// @notice Appends nodes; φ starts at 0. The first gets index `nodeCount()`.
    /// @param miners The key each node mines with; not zero.
    /// @param theta0Wad Initial parameter of each node, within the θ bounds.
    function register(address[] calldata miners, uint256[] calldata theta0Wad) external;

    /// @notice Changes the initial parameter of a node; θ₀ and θ₀ + φ must lie within the θ bounds.
    function setTheta0(uint256 node, uint256 theta0Wad) external;

    /// @notice Changes the key a node mines with.
    function setMiner(uint256 node, address miner) external;

    /// @notice Retires a node for good: θ₀ and φ become 0, and it leaves Σexp(φ).
    function retire(uint256 node) external;

    /// @notice Changes the bounds on θ. Values in force stay; later reports and θ₀ must keep within the new bounds.
    /// @dev Warning: a node whose θ₀ lies outside the new bounds needs `setTheta0`, or `relax` brings its θ back there.
    function setThetaBounds(uint256 minWad, uint256 maxWad) external;

    /* READS */

    /// @notice Largest node count.
    function MAX_NODES() external view returns (uint256);
    /// @notice Nodes ever registered, including retired ones; indices run from 0 to this number less 1.
    function nodeCount() external view returns (uint256);
    /// @notice Nodes registered and not retired.
    function activeCount() external view returns (uint256);
    /// @notice Σexp(φ) over active nodes, rounded down from `sumExpQ85`.
    function sumExpWad() external view returns (uint256);
    /// @notice Σexp(φ)·2⁸⁵, the exact integer sum of the table's terms (see ExpTable).
    function sumExpQ85() external view returns (uint256);
    /// @notice Bounds on θ of an active node.
    function thetaBounds() external view returns (uint256 minWad, uint256 maxWad);
    /// @notice θₙ,₀; 0 of a retired node.
    function theta0(uint256 node) external view returns (uint256 theta0Wad);
    /// @notice φₙ, exact; 0 of a retired node.
    function phi(uint256 node) external view returns (int256 phiWad);
    /// @notice θₙ,₁ = θₙ,₀ + φₙ, the parameter in force; 0 of a retired node.
    function theta(uint256 node) external view returns (uint256 thetaWad);
    /// @notice The key a node mines with.
    function miner(uint256 node) external view returns (address);
    /// @notice Whether the node was retired.
    function isRetired(uint256 node) external view returns (bool);
    /// @notice θₙ,₁ of nodes [first, first + count), cut at the node count.
    function thetas(uint256 first, uint256 count) external view returns (uint256[] memory thetaWad);
    /// @notice θₙ,₀ of nodes [first, first + count), cut at the node count.
    function theta0s(uint256 first, uint256 count) external view returns (uint256[] memory theta0Wad);
    /// @notice Words of φ lanes [first, first + count), cut at ⌈N/16⌉.
    function phiWords(uint256 first, uint256 count) external view returns (uint256[] memory words);
    /// @notice Words of the retired bitmap [first, first + count), cut at ⌈N/256⌉.
    ///         Node n is bit n mod 256 of word ⌊n/256⌋.
    function retiredWords(uint256 first, uint256 count) external view returns (uint256[] memory words);
}
