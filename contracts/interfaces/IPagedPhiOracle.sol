// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IPhiOracle, CompactSignature, PhiReport} from "./IPhiOracle.sol";

/// @notice What the operators sign for one page of φ, beside the domain. EIP-712 type:
///         PhiPage(uint64 epoch,uint64 deadline,uint32 page,bytes32 phiHash,bytes32 pageHash)
struct PhiPage {
    /// Epoch of the report that the page belongs to.
    uint64 epoch;
    /// Deadline of that report: last block timestamp, in seconds, at which the page may be staged.
    uint64 deadline;
    /// Index of the page: it holds words [page·PAGE_WORDS, (page + 1)·PAGE_WORDS) of φ, the last one what is left.
    uint32 page;
    /// keccak256 of all words of φ, as in the report.
    bytes32 phiHash;
    /// keccak256 of the words of this page.
    bytes32 pageHash;
}

/// @title IPagedPhiOracle
/// @notice A {IPhiOracle} for networks whose φ does not fit one transaction: pages are staged beside φ in force, and
///         one report then puts all of them in force at once.
///
/// Guarantees beside those of IPhiOracle, each held by the test named beside it in `docs/contracts.md`:
/// 1. Nothing that is staged shows in any read before its report; the report then puts all pages in force together.
/// 2. A page is staged only with signatures of `threshold` operators over it, and checked as a report's words are.
/// 3. Pages of one report are staged together: one that has the same epoch, deadline and phiHash. A page of another
///    report takes the place of what is staged only where its deadline is later: a replacement is signed later.
/// 4. Any change of nodes, rules or φ in force between staging and report voids what is staged: it was checked against
///    what no longer holds.
/// 5. `relax` halves φ by MAX_RELAXED_WORDS words a call, each word once for each relax period, from first to last, and
///    only while the last report is stale.
interface IPagedPhiOracle is IPhiOracle {
    /// @notice The network has no such page.
    error UnknownPage(uint256 page, uint256 pageCount);
    /// @notice The words given are not those signed.
    error WrongPageHash(bytes32 got, bytes32 expected);
    /// @notice The page is staged already.
    error PageAlreadyStaged(uint256 page);
    /// @notice Pages of another report are staged, whose deadline is no earlier.
    error LaterReportStaged(uint256 deadline, uint256 stagedDeadline);
    /// @notice Not every page of this report is staged; the first one missing. Pages staged before a change of nodes,
    ///         rules or φ do not count.
    error PageMissing(uint256 page);

    event PageStaged(uint64 indexed epoch, uint32 indexed page, bytes32 phiHash, bytes32 pageHash, uint32 signers);

    /// @notice Checks one page and stages it. Replaces what is staged for another report with an earlier deadline.
    /// @param signatures Of at least `threshold` operators over `page`, ascending by operator index.
    /// @param pageWords The words of the page, the preimage of `page.pageHash`.
    function stagePage(PhiPage calldata page, CompactSignature[] calldata signatures, uint256[] calldata pageWords)
        external;

    /// @notice Checks a report whose pages are all staged, and applies it whole.
    function submitPagedReport(PhiReport calldata report, CompactSignature[] calldata signatures) external;

    /// @notice Words that a page holds.
    function PAGE_WORDS() external view returns (uint256);
    /// @notice Words that one call of `relax` halves at most.
    function MAX_RELAXED_WORDS() external view returns (uint256);
    /// @notice Pages of φ, rounded up.
    function pageCount() external view returns (uint256);
    /// @notice Bit i set: page i of the next epoch's report with this deadline and phiHash is staged and valid.
    function stagedPages(uint64 deadline, bytes32 phiHash) external view returns (uint256);
    /// @notice The EIP-712 digest that operators sign for `page`.
    function pageDigest(PhiPage calldata page) external view returns (bytes32);
}
