// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IERC165} from "@openzeppelin/contracts/utils/introspection/IERC165.sol";

import {IPhiOracle} from "./interfaces/IPhiOracle.sol";
import {DifficultyReading, IDifficultyController} from "./interfaces/IDifficultyController.sol";
import {Asert} from "./libraries/Asert.sol";
import {CompactTarget} from "./libraries/CompactTarget.sol";
import {Difficulty} from "./libraries/Difficulty.sol";

/// @title DifficultyController
/// @notice See {IDifficultyController}: it states the guarantees.
/// @dev No storage and no owner: the anchor is the block of deployment, whose successor gets the anchor difficulty.
contract DifficultyController is IDifficultyController, IERC165 {
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
        ANCHOR_TIMESTAMP_SECONDS = Asert.anchorTimestampSeconds();
        INTERVAL_SECONDS = intervalSeconds;
        HALF_LIFE_SECONDS = halfLifeSeconds;
    }

    /// @inheritdoc IDifficultyController
    function current() external view returns (DifficultyReading memory reading) {
        reading.height = uint64(block.number);
        reading.timestampSeconds = uint64(block.timestamp);
        reading.baseDifficulty = baseDifficultyAt(reading.height, reading.timestampSeconds);
        reading.sumExpWad = ORACLE.sumExpWad();
        reading.difficulty = Difficulty.adjusted(reading.baseDifficulty, reading.sumExpWad);
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

    /// @inheritdoc IDifficultyController
    function compactTarget() external view returns (uint32) {
        return CompactTarget.encode(Asert.invert(baseDifficulty()));
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
        return Asert.difficultyAfter(
            ANCHOR_DIFFICULTY,
            int64(timestampSeconds) - int64(ANCHOR_TIMESTAMP_SECONDS),
            int64(height) - int64(ANCHOR_HEIGHT),
            INTERVAL_SECONDS,
            HALF_LIFE_SECONDS
        );
    }

    /// @inheritdoc IDifficultyController
    function adjusted(uint256 base) public view returns (uint256) {
        return Difficulty.adjusted(base, ORACLE.sumExpWad());
    }
}
