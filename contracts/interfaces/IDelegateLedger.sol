// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IConsensusLedger, OpeningPhi} from "./IConsensusLedger.sol";

/// @notice The message that a delegate signs in its turn (EIP-712, domain {DelegateLedger, 1, chain id, ledger}).
struct TurnBlock {
    uint64 round;
    /// When the turn begins; this identifies it, since no other turn begins then.
    uint64 turnSeconds;
    uint32 node;
    /// Hash of the block that won the round before.
    bytes32 parent;
    /// keccak256 of the body.
    bytes32 body;
}

/// @notice How a DelegateLedger counts votes and turns.
struct DelegateSetup {
    /// The token that votes are weighed by: an ERC-20, or the chain's coin if it is 0.
    address token;
    /// Seconds of a term.
    uint32 termSeconds;
    /// Delegates that are elected for a term.
    uint32 delegates;
    /// The last turns of a delegate that count (Cosmos: signed_blocks_window), up to 256.
    uint32 signedBlocksWindow;
    /// Blocks that it must have made in these, or it is jailed (Cosmos: min_signed_per_window).
    uint32 minSignedPerWindow;
    /// The least terms that a delegate stays in jail.
    uint32 jailTerms;
}

/// @title IDelegateLedger
/// @notice Rounds under delegated proof of stake: p counts the seconds of a turn. A vote weighs the amount that its
///         voter locks. The candidates with the most votes are the delegates of a term, and take turns in an order that
///         is drawn for the term. Turn k of a round lasts from (k + 1)·p to (k + 2)·p seconds after the round opened,
///         so delegates who are all present make a block every p seconds. If a turn passes without a block, its
///         delegate has missed it, and the next delegate's turn begins.
///
/// Guarantees beside those of IConsensusLedger, each held by the test named beside it in `docs/contracts.md`:
/// 7. A block counts only from the delegate whose turn it is when the chain's block includes it, signed by its key, and
///    within θₙ of the capacity; so no valid block ever competes.
/// 8. The delegates of a term are the K candidates with the most votes at that time (among equals, those with the lower
///    index), without nodes that are retired, jailed or barred.
/// 9. Votes count, or cease to count, from the second term after their change, and no stake counts twice at once.
/// 10. What a voter locked is withdrawn to that voter, once it no longer counts.
/// 11. An absent delegate costs the time of its own turns and no more: the order of the others stays. A lap that all
///     delegates missed counts against none of them.
/// 12. A delegate that made fewer blocks than it must in its last turns is jailed: it has no turns until its key asks
///     for release, at least `jailTerms` later, and it is elected again. Its earlier misses then count no longer.
/// 13. Two blocks that a node signed for one turn bar it for good.
interface IDelegateLedger is IConsensusLedger {
    /* ERRORS */

    /// @notice This turn is not the present one, which began at `presentSeconds`; 0 if there is none.
    error NotInTurn(uint256 turnSeconds, uint256 presentSeconds);
    /// @notice The turn belongs to another node.
    error NotItsTurn(uint256 node, uint256 delegate);
    /// @notice A won round takes no further blocks: its turn was one delegate's alone.
    error RoundWasWon(uint256 round);
    /// @notice The caller does not hold the key of the node.
    error NotKeyOf(uint256 node, address caller, address key);
    /// @notice No candidate can be elected.
    error NoDelegates();
    /// @notice The term has its delegates already.
    error TermHasDelegates(uint256 term);
    /// @notice The node stands already.
    error StandsAlready(uint256 node);
    /// @notice The other node does not stand, or does not have fewer votes than this node had before this term.
    error CannotReplace(uint256 node, uint256 other);
    /// @notice The voter has fewer votes on this node than `amount`.
    error NotSoManyVotes(address voter, uint256 node, uint256 amount, uint256 present);
    /// @notice Nothing is there to withdraw.
    error NothingToWithdraw(address voter);
    /// @notice The votes count up to a later term.
    error VotesStillCount(uint256 term, uint256 fromTerm);
    /// @notice The node is not in jail, or has not been for long enough.
    error CannotRelease(uint256 node, uint256 term, uint256 fromTerm);
    /// @notice The node was barred: it signed two blocks for one turn.
    error NodeBarred(uint256 node);
    /// @notice Term, delegates, window and jail must be at least 1, delegates at most MAX_CANDIDATES, the window at
    ///         most 256, and the blocks demanded in it at most the window.
    error InvalidDelegateSetup();

    /* EVENTS */

    event Voted(address indexed voter, uint256 indexed node, uint256 amount, uint256 fromTerm);
    event Unvoted(address indexed voter, uint256 indexed node, uint256 amount, uint256 withdrawableInTerm);
    event Withdrawn(address indexed voter, uint256 amount);
    event Stood(uint256 indexed node);
    event Unseated(uint256 indexed node);
    /// @notice The delegates of a term, in the order of their turns.
    event Elected(uint256 indexed term, uint32[] delegates);
    event TurnMissed(uint256 indexed node);
    event Jailed(uint256 indexed node, uint256 untilTerm);
    event Released(uint256 indexed node);
    event Barred(uint256 indexed node, uint256 turnSeconds, address indexed by);

    /* VOTES */

    /// @notice Locks stake as votes for a node.
    /// @param amount In base units; equal to `msg.value` if votes are weighed by the coin.
    function vote(uint256 node, uint256 amount) external payable;
    /// @notice Takes votes back. A further call restarts the delay for all that is leaving.
    function unvote(uint256 node, uint256 amount) external;
    /// @notice Moves votes from one node to another. They count there from the term in which they cease to count here.
    function move(uint256 from, uint256 to, uint256 amount) external;
    /// @notice Pays out what the caller unvoted, once it no longer counts.
    function withdraw() external;

    /* DELEGATES */

    /// @notice Puts a node up for election, by its key. If MAX_CANDIDATES stand already, it replaces `other`, which
    ///         must have fewer votes than the node was given before this term and still has; otherwise `other` is
    ///         ignored.
    function stand(uint256 node, uint256 other) external;
    /// @notice Elects the delegates of the present term, by anyone, if the last block came in an earlier term. The
    ///         first block of a term does this too, for the rounds after its own.
    function elect() external;
    /// @notice Ends a node's time in jail, by its key.
    function release(uint256 node) external;
    /// @notice Shows two blocks that a node signed for one turn, by anyone. Judged by the node's present key.
    /// @dev Reverts with NotSignedBy and NoEvidence of SignedBlock too.
    function bar(
        TurnBlock calldata one,
        bytes calldata signatureOfOne,
        TurnBlock calldata other,
        bytes calldata signatureOfOther
    ) external;

    /* BLOCKS */

    /// @notice Submits a block in its turn, by anyone.
    /// @param body Which transactions it includes (see BlockBody).
    /// @param signature 64 bytes (EIP-2098) or 65, of the node's key.
    /// @param opening As of IPowLedger.submitBlock.
    /// @dev Reverts too with NotSignedBy, WrongBody and WrongParent of SignedBlock.
    function submitBlock(
        TurnBlock calldata turnBlock,
        bytes calldata body,
        bytes calldata signature,
        OpeningPhi calldata opening
    ) external;

    /* READS */

    /// @notice The term now; the first is 0.
    function term() external view returns (uint256);
    /// @notice The turn at a time from now on, if nobody makes a block until then: when it begins and whose it is. The
    ///         beginning is 0 if no turn has begun by then.
    function turnAt(uint256 timestampSeconds) external view returns (uint256 turnSeconds, uint256 node);
    /// @notice Delegates in the order of their turns, and the position of the next.
    function delegates() external view returns (uint32[] memory order, uint256 next);
    /// @notice Nodes that stand for election.
    function candidates() external view returns (uint32[] memory);
    /// @notice Votes of a node that count in the present term or the one before; of others it reverts with TermNotTold
    ///         of TermAmount.
    function votesOf(uint256 node, uint256 term_) external view returns (uint256);
    /// @notice Votes that a voter has on a node, counting or not yet.
    function votesBy(address voter, uint256 node) external view returns (uint256);
    /// @notice The amount that a voter takes back, and the first term in which it can be withdrawn.
    function leaving(address voter) external view returns (uint256 amount, uint256 fromTerm);
    /// @notice Turns that a delegate missed of its last `signedBlocksWindow`.
    function missedTurns(uint256 node) external view returns (uint256);
    /// @notice First term in which a jailed node may be released; 0 for a node that is not in jail.
    function jailedUntil(uint256 node) external view returns (uint256);
    /// @notice EIP-712 digest of a block.
    function hashOf(TurnBlock calldata turnBlock) external view returns (bytes32);
    /// @notice The token that votes are weighed by, and how turns are counted.
    function delegateSetup() external view returns (DelegateSetup memory);
    /// @notice The most nodes that can stand at once; an election reads all of them, for up to 21 000 gas each.
    function MAX_CANDIDATES() external view returns (uint256);
}
