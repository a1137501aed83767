// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IPhiOracle, CompactSignature, PhiReport} from "./IPhiOracle.sol";

/// @notice The message that operators sign for one page of φ, without the domain. EIP-712 type:
///         PhiPage(uint64 epoch,uint64 deadline,uint32 page,bytes32 phiHash,bytes32 pageHash)
struct PhiPage {
    /// Epoch of the report that the page belongs to.
    uint64 epoch;
    /// Deadline of that report: last block timestamp, in seconds, at which the page may be staged.
    uint64 deadline;
    /// Index of the page, which holds words [page·PAGE_WORDS, (page + 1)·PAGE_WORDS) of φ; the last page may be
    /// shorter.
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
/// 1. No read shows staged pages before their report; the report puts all pages in force together.
/// 2. A page is staged only with signatures of `threshold` operators over it, and passes the checks of a report's
///    words.
/// 3. Only pages of one report (the same epoch, deadline and phiHash) are staged together. A page of another report
///    replaces them only if its deadline is later, since a replacement is signed later.
/// 4. Any change of nodes, rules or φ in force between staging and report voids the staged pages, which were checked
///    against the former state.
/// 5. `relax` halves φ, MAX_RELAXED_WORDS words per call, from the first word to the last, each once per relax period,
///    and only while the last report is stale.
interface IPagedPhiOracle is IPhiOracle {
    /// @notice The network has no such page.
    error UnknownPage(uint256 page, uint256 pageCount);
    /// @notice The words given are not those that were signed.
    error WrongPageHash(bytes32 got, bytes32 expected);
    /// @notice The page is staged already.
    error PageAlreadyStaged(uint256 page);
    /// @notice Pages of another report are staged, and their deadline is not earlier.
    error LaterReportStaged(uint256 deadline, uint256 stagedDeadline);
    /// @notice Not every page of this report is staged; names the first missing one. Pages staged before a change of
    ///         nodes, rules or φ do not count.
    error PageMissing(uint256 page);

    event PageStaged(uint64 indexed epoch, uint32 indexed page, bytes32 phiHash, bytes32 pageHash, uint32 signers);

    /// @notice Checks one page and stages it. Replaces pages of another report whose deadline is earlier.
    /// @param signatures Of at least `threshold` operators over `page`, ascending by operator index.
    /// @param pageWords The words of the page, the preimage of `page.pageHash`.
    function stagePage(PhiPage calldata page, CompactSignature[] calldata signatures, uint256[] calldata pageWords)
        external;

    /// @notice Checks a report whose pages are all staged, and applies it whole.
    function submitPagedReport(PhiReport calldata report, CompactSignature[] calldata signatures) external;

    /// @notice Words that a page holds.
    function PAGE_WORDS() external view returns (uint256);
    /// @notice The most words that one call of `relax` halves.
    function MAX_RELAXED_WORDS() external view returns (uint256);
    /// @notice Pages of φ, rounded up.
    function pageCount() external view returns (uint256);
    /// @notice Bit i set: page i of the next epoch's report with this deadline and phiHash is staged and valid.
    function stagedPages(uint64 deadline, bytes32 phiHash) external view returns (uint256);
    /// @notice The EIP-712 digest that operators sign for `page`.
    function pageDigest(PhiPage calldata page) external view returns (bytes32);
}
