// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {IERC165} from "@openzeppelin/contracts/utils/introspection/IERC165.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";

import {IPhiOracle} from "./interfaces/IPhiOracle.sol";
import {DifficultyReading, IDifficultyController} from "./interfaces/IDifficultyController.sol";
import {Asert} from "./libraries/Asert.sol";

/// @title DifficultyController
/// @notice See {IDifficultyController}: it states the guarantees.
/// @dev No storage and no owner: the anchor is the block of deployment, whose successor gets the anchor difficulty.
contract DifficultyController is IDifficultyController, IERC165 {
    uint256 private constant WAD = 1e18;

    /// @notice The contract whose Σexp(φ) divides d.
    IPhiOracle public immutable ORACLE;

    uint256 private immutable ANCHOR_DIFFICULTY;
    uint64 private immutable ANCHOR_HEIGHT;
    uint64 private immutable ANCHOR_TIMESTAMP_SECONDS;
    uint32 private immutable INTERVAL_SECONDS;
    uint32 private immutable HALF_LIFE_SECONDS;

    /// @param oracle The contract whose Σexp(φ) divides d.
    /// @param anchorDifficulty d at the anchor: expected hashes for all N nodes.
    /// @param intervalSeconds Target seconds between blocks.
    /// @param halfLifeSeconds Seconds behind schedule that halve d.
    constructor(IPhiOracle oracle, uint256 anchorDifficulty, uint32 intervalSeconds, uint32 halfLifeSeconds) {
        if (address(oracle) == address(0) || anchorDifficulty == 0 || intervalSeconds == 0 || halfLifeSeconds == 0) {
            revert InvalidAnchor();
        }
        ORACLE = oracle;
        ANCHOR_DIFFICULTY = anchorDifficulty;
        ANCHOR_HEIGHT = uint64(block.number);
        ANCHOR_TIMESTAMP_SECONDS = uint64(block.timestamp);
        INTERVAL_SECONDS = intervalSeconds;
        HALF_LIFE_SECONDS = halfLifeSeconds;
    }

    /// @inheritdoc IDifficultyController
    function current() external view returns (DifficultyReading memory reading) {
        reading.height = uint64(block.number);
        reading.timestampSeconds = uint64(block.timestamp);
        reading.baseDifficulty = baseDifficultyAt(reading.height, reading.timestampSeconds);
        reading.sumExpWad = ORACLE.sumExpWad();
        reading.difficulty = _adjusted(reading.baseDifficulty, reading.sumExpWad);
    }

    /// @inheritdoc IDifficultyController
    function difficulty() external view returns (uint256) {
        return adjusted(baseDifficulty());
    }

    /// @inheritdoc IDifficultyController
    function getFreshDifficulty() external view returns (uint256) {
        (bool stale, uint256 ageSeconds, uint256 maxAgeSeconds) = ORACLE.staleness();
        if (stale) revert IPhiOracle.Stale(ageSeconds, maxAgeSeconds);
        return adjusted(baseDifficulty());
    }

    /// @inheritdoc IERC165
    function supportsInterface(bytes4 id) external pure returns (bool) {
        return id == type(IDifficultyController).interfaceId || id == type(IERC165).interfaceId;
    }

    /// @inheritdoc IDifficultyController
    function anchor() external view returns (uint256, uint64, uint64, uint32, uint32) {
        return (ANCHOR_DIFFICULTY, ANCHOR_HEIGHT, ANCHOR_TIMESTAMP_SECONDS, INTERVAL_SECONDS, HALF_LIFE_SECONDS);
    }

    /// @inheritdoc IDifficultyController
    function baseDifficulty() public view returns (uint256) {
        return baseDifficultyAt(uint64(block.number), uint64(block.timestamp));
    }

    /// @inheritdoc IDifficultyController
    function baseDifficultyAt(uint64 height, uint64 timestampSeconds) public view returns (uint256) {
        // The rule counts time from the anchor's parent; the anchor counts as having come after one target interval.
        int64 timeDiff = int64(timestampSeconds) - int64(ANCHOR_TIMESTAMP_SECONDS) + int64(uint64(INTERVAL_SECONDS));
        uint256 target = Asert.nextTarget(
            Asert.invert(ANCHOR_DIFFICULTY),
            timeDiff,
            int64(height) - int64(ANCHOR_HEIGHT),
            INTERVAL_SECONDS,
            HALF_LIFE_SECONDS,
            type(uint256).max
        );
        return Asert.invert(target);
    }

    /// @inheritdoc IDifficultyController
    function adjusted(uint256 base) public view returns (uint256) {
        return _adjusted(base, ORACLE.sumExpWad());
    }

    /// @dev p = ⌊d·1e18 / Σ⌋ by a 512-bit product, at least 1. Σ ≥ 1e18/e, so it exceeds 256 bits only for a lone node
    ///      with negative φ at d near 2²⁵⁶; it saturates there.
    function _adjusted(uint256 base, uint256 sumExpWad) private pure returns (uint256) {
        if (sumExpWad == 0) revert NoActiveNodes();
        (uint256 high,) = Math.mul512(base, WAD);
        if (high >= sumExpWad) return type(uint256).max;
        return Math.max(1, Math.mulDiv(base, WAD, sumExpWad));
    }
}
