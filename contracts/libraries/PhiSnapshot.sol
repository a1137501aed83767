// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {OpeningPhi} from "../interfaces/IConsensusLedger.sol";
import {PhiLanes} from "./PhiLanes.sol";

/// @title PhiSnapshot
/// @notice One hash over all words of φ, against which a few words prove the lane of one node. The root is keccak256
///         over the hashes of pages; the hash of page i is keccak256 over words [16·i, 16·i + 16), and the last page
///         may be shorter.
/// @dev Words as `phiWords` gives them, two's complement. Python twin: `oracle/formulas/snapshot.py`.
library PhiSnapshot {
    /// @notice The words given are not those of the snapshot.
    error WrongOpeningPhi(uint256 node, bytes32 root);

    uint256 internal constant PAGE_WORDS = 16;

    /// @notice The root of all words.
    function root(uint256[] memory words) internal pure returns (bytes32 hash) {
        uint256 count = (words.length + PAGE_WORDS - 1) / PAGE_WORDS;
        bytes32[] memory pages = new bytes32[](count);
        for (uint256 page = 0; page < count; ++page) {
            uint256 first = page * PAGE_WORDS;
            uint256 length = words.length - first;
            if (length > PAGE_WORDS) length = PAGE_WORDS;
            bytes32 pageHash;
            assembly ("memory-safe") {
                pageHash := keccak256(add(add(words, 0x20), shl(5, first)), shl(5, length))
            }
            pages[page] = pageHash;
        }
        return keccak256(abi.encodePacked(pages));
    }

    /// @notice The lane of `node` in the snapshot with one of two roots, as `shown` proves it.
    function lane(bytes32 root_, bytes32 otherRoot, uint256 node, OpeningPhi calldata shown)
        internal
        pure
        returns (int256)
    {
        uint256 page = node / (PAGE_WORDS * PhiLanes.LANES_PER_WORD);
        uint256 word = (node / PhiLanes.LANES_PER_WORD) % PAGE_WORDS;
        bytes32 shownRoot = keccak256(abi.encodePacked(shown.pages));
        if (
            page >= shown.pages.length || word >= shown.words.length
                || shown.pages[page] != keccak256(abi.encodePacked(shown.words))
                || (shownRoot != root_ && shownRoot != otherRoot)
        ) revert WrongOpeningPhi(node, root_);
        return PhiLanes.lane(shown.words[word], node);
    }
}
