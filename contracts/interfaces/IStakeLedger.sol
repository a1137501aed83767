// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IConsensusLedger, OpeningPhi} from "./IConsensusLedger.sol";

/// @notice The message that the proposer of a slot signs (EIP-712, domain {StakeLedger, 1, chain id, ledger}).
struct SlotBlock {
    uint64 round;
    uint64 slot;
    uint32 node;
    /// Hash of the block that won the round before.
    bytes32 parent;
    /// keccak256 of the body.
    bytes32 body;
    /// The next preimage of the node's hash onion.
    bytes32 reveal;
}

/// @notice How a StakeLedger counts slots and stake.
struct StakeSetup {
    /// The token that is staked: an ERC-20, or the chain's coin if it is 0.
    address token;
    /// Seconds of a slot.
    uint32 slotSeconds;
    /// Slots of a term: stake and seed are fixed within one.
    uint32 termSlots;
    /// Terms from the one in which an exit begins to count until it can be withdrawn; until then it can be slashed.
    uint32 exitTerms;
    /// The most slots by which a block may be late.
    uint32 graceSlots;
}

/// @title IStakeLedger
/// @notice Rounds under proof of stake: p counts the expected slots for a block. Time runs in slots from the ledger's
///         deployment on. A slot is node n's where keccak256(seed ‖ slot ‖ n) < 2²⁵⁶ · (1 − (1 − 1/p)^αₙ), with αₙ its
///         share of the active stake: the law of Ouroboros Praos, under which it does not matter how stake is split
///         (see SlotLottery). A block is signed by the key of its node, for a slot after that of the round's parent.
///
/// The seed of a term is mixed from hash onions (RANDAO): each node commits to keccak256, applied many times to a
/// secret, and each block that wins a round reveals the next preimage. Whoever was drawn for the last slots of a term
/// knows both seeds that may follow, with its block and without, and may withhold the block: `docs/staking.md` measures
/// what that wins. Stake and onions count from the second term after a change, so nobody can choose them for a known
/// seed. The first round opens two terms after deployment, when stake that was deposited at once counts.
///
/// Guarantees beside those of IConsensusLedger, each held by the test named beside it in `docs/contracts.md`:
/// 7. A block counts only where the lottery gave its node that slot, signed by the node's key, within θₙ of the
///    capacity, and with the next preimage of the node's onion; a node has at most one block per slot.
/// 8. Stake counts, or ceases to count, from the second term after its change, and does not change within a term.
/// 9. What was deposited for a node and not slashed is withdrawn to its depositor, and to nobody else.
/// 10. Stake can be slashed while it counts and until it can be withdrawn. Two blocks that a node signed for one slot
///     cost it all of its stake, once: a tenth goes to whoever shows them, the rest to nobody.
/// 11. The ledger holds at least the sum of all stake and exits.
interface IStakeLedger is IConsensusLedger {
    /* ERRORS */

    /// @notice The slot is yet to come.
    error SlotNotYet(uint256 slot, uint256 presentSlot);
    /// @notice The block comes too late after its slot.
    error SlotTooLate(uint256 slot, uint256 presentSlot, uint256 graceSlots);
    /// @notice The slot is not after that of the block before.
    error SlotNotAdvancing(uint256 slot, uint256 previousSlot);
    /// @notice The lottery did not give this slot to the node.
    error SlotNotWon(uint256 slot, uint256 node);
    /// @notice The reveal is not the next preimage.
    error WrongReveal(uint256 node, bytes32 reveal, bytes32 tip);
    /// @notice The caller neither deposited the node's stake, nor holds the key of a node that has no staker.
    error NotStaker(uint256 node, address caller, address staker);
    /// @notice The onion of the commit before counts since this term, and a block of the last one may still come.
    error CommitTooSoon(uint256 node, uint256 fromSlot);
    /// @notice Nothing is there to withdraw.
    error NothingToWithdraw(uint256 node);
    /// @notice The exit ends in a later term.
    error ExitNotOver(uint256 node, uint256 term, uint256 fromTerm);
    /// @notice The node was slashed: it takes no part any more.
    error NodeSlashed(uint256 node);
    /// @notice Slot, term and exit must be at least 1, and the grace shorter than a term.
    error InvalidStakeSetup();

    /* EVENTS */

    event Deposited(uint256 indexed node, address indexed staker, uint256 amount, uint256 fromTerm);
    event ExitBegun(uint256 indexed node, uint256 amount, uint256 withdrawableInTerm);
    event Withdrawn(uint256 indexed node, address indexed staker, uint256 amount);
    event TipCommitted(uint256 indexed node, bytes32 tip, uint256 fromTerm);
    event Slashed(uint256 indexed node, uint256 slot, uint256 amount, uint256 reward, address indexed by);
    /// @notice The seed of a term was drawn; emitted with the term's first block.
    event SeedDrawn(uint256 indexed term, bytes32 seed);

    /* STAKE */

    /// @notice Stakes for a node; the first to do so is the node's key, and owns its stake from then on.
    /// @param amount In base units; `msg.value` where the coin is staked.
    /// @dev Warning: a token that takes a fee on transfers stakes what arrives.
    function deposit(uint256 node, uint256 amount) external payable;
    /// @notice Commits to a hash onion, by the staker; the first reveal is the preimage of `tip`. Refused in the first
    ///         `graceSlots` of the term from which the onion of the commit before counts.
    function commit(uint256 node, bytes32 tip) external;
    /// @notice Begins to take stake out. A further exit of the node restarts the delay for all of it.
    function exit(uint256 node, uint256 amount) external;
    /// @notice Begins to take out all stake of a retired node, by anyone, since it draws slots that nobody can use.
    function exitRetired(uint256 node) external;
    /// @notice Pays an exit whose delay is over to its staker.
    function withdraw(uint256 node) external;

    /* BLOCKS */

    /// @notice Submits a block, by anyone, which wins the open round, is recorded as competing, or reverts.
    /// @param body Which transactions it includes (see BlockBody).
    /// @param signature 64 bytes (EIP-2098) or 65, of the node's key.
    /// @param opening As of IPowLedger.submitBlock.
    /// @dev Reverts with NotSignedBy, WrongBody and WrongParent of SignedBlock too. A competing block is judged by p
    ///      and seed of its round; its reveal is signed but not checked.
    function submitBlock(
        SlotBlock calldata slotBlock,
        bytes calldata body,
        bytes calldata signature,
        OpeningPhi calldata opening
    ) external;

    /// @notice Shows two blocks that a node signed for one slot, by anyone.
    /// @dev Reverts with NotSignedBy and NoEvidence of SignedBlock too. Judged by the node's present key: if the owner
    ///      changes a key, pairs signed by the former one no longer count, and the new key answers for the stake.
    ///      Evidence is public once it is sent: whoever copies it and comes first has the reward, the node itself
    ///      included.
    function slash(
        SlotBlock calldata one,
        bytes calldata signatureOfOne,
        SlotBlock calldata other,
        bytes calldata signatureOfOther
    ) external;

    /* READS */

    /// @notice The slot now; the first is 0.
    function slot() external view returns (uint256);
    /// @notice Slot of the block that won a round; for round 0, the last slot before those that can be won.
    function slotOf(uint256 round) external view returns (uint256);
    /// @notice Term of a slot.
    function termOf(uint256 slot_) external view returns (uint256);
    /// @notice The seed that slots of a term are drawn by; only for the present term and the one before.
    function seedOf(uint256 term) external view returns (bytes32);
    /// @notice Stake of a node that counts in the present term or the one before; of others it reverts with TermNotTold
    ///         of TermAmount.
    function stakeOf(uint256 node, uint256 term) external view returns (uint256);
    /// @notice Stake of all nodes that counts in the present term or the one before.
    function totalStake(uint256 term) external view returns (uint256);
    /// @notice The staker of a node; 0 if there is none.
    function stakerOf(uint256 node) external view returns (address);
    /// @notice The amount that is leaving, and the first term in which it can be withdrawn.
    function exitOf(uint256 node) external view returns (uint256 amount, uint256 fromTerm);
    /// @notice The hash whose preimage the node reveals next; 0 for a node without a commitment.
    function tipOf(uint256 node) external view returns (bytes32);
    /// @notice The chance of a node to draw a slot of the present term at p of the open round, times 2¹²⁸.
    function chanceQ128(uint256 node) external view returns (uint256);
    /// @notice Whether the lottery gives a slot to a node at p of the open round.
    /// @dev For slots of the present term and the one before.
    function isDrawn(uint256 slot_, uint256 node) external view returns (bool);
    /// @notice EIP-712 digest of a block.
    function hashOf(SlotBlock calldata slotBlock) external view returns (bytes32);
    /// @notice The token that is staked, and how time is counted.
    function stakeSetup() external view returns (StakeSetup memory);
}
