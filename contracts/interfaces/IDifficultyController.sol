// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @notice One consistent reading of the difficulty.
struct DifficultyReading {
    /// Number and timestamp of the block whose successor it holds for.
    uint64 height;
    uint64 timestampSeconds;
    /// d: expected hashes for all N nodes, before adjustment.
    uint256 baseDifficulty;
    /// Σexp(φ).
    uint256 sumExpWad;
    /// p = d / Σexp(φ): expected hashes for one block.
    uint256 difficulty;
}

/// @title IDifficultyController
/// @notice d by ASERT from the chain's own height and clock, and p = d / Σexp(φ).
///
/// Raising any φ lowers p for all nodes: blocks come sooner. ASERT sees the real block times and pays that back, so φ
/// moves blocks in time and leaves long-run issuance alone.
///
/// Guarantees, each held by the test named beside it in `docs/contracts.md`:
/// 1. d depends only on height, time and the anchor: it has no state, cannot drift, and nobody can change it.
/// 2. p = ⌊d·1e18 / sumExpWad⌋, at least 1, exact for every d up to 2²⁵⁶ − 1.
///
/// @dev Warning: heights are `block.number` as contracts see it. If that is another chain's (on Arbitrum, its
///      parent's), d follows the parent's blocks, and the target interval must be the parent's.
interface IDifficultyController {
    /// @notice Anchor difficulty, interval and half-life must be at least 1, and the oracle an address.
    error InvalidAnchor();

    /// @notice d, Σexp(φ) and p after the block in which the call runs.
    function current() external view returns (DifficultyReading memory);
    /// @notice p after the block in which the call runs.
    function difficulty() external view returns (uint256);
    /// @notice p as `difficulty`, but reverts with IPhiOracle.Stale unless the last report is fresh.
    function getFreshDifficulty() external view returns (uint256);
    /// @notice d after the block in which the call runs.
    function baseDifficulty() external view returns (uint256);
    /// @notice d after a block at `height` with timestamp `timestampSeconds`. Rounded down twice: target, then its
    ///         inverse.
    function baseDifficultyAt(uint64 height, uint64 timestampSeconds) external view returns (uint256);
    /// @notice Target of d after the block in which the call runs, in 32 bits as headers carry it, rounded down.
    function compactTarget() external view returns (uint32);
    /// @notice p for a d, under the Σexp(φ) in force. Reverts with Difficulty.NoActiveNodes if no node is active.
    function adjusted(uint256 baseDifficulty) external view returns (uint256);
    /// @notice Where and how the schedule is anchored.
    function anchor()
        external
        view
        returns (
            uint256 difficulty,
            uint64 height,
            uint64 timestampSeconds,
            uint32 intervalSeconds,
            uint32 halfLifeSeconds
        );
}
