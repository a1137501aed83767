// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @notice The round that is open.
struct Opening {
    uint256 round;
    /// keccak256 of the last winner; of chain and contract for the first round.
    bytes32 seed;
    /// Block of the chain that opened it: that of the last win.
    uint256 openedInBlock;
    /// Time of the last win; of the ledger's deployment for the first round.
    uint256 openedAtSeconds;
    /// d and p of the round, fixed since.
    uint256 baseDifficulty;
    uint256 difficulty;
    /// Snapshot of φ at the opening, see `phiRoot`.
    uint256 phiSnapshot;
}

/// @notice A round that was won.
struct Round {
    /// The value that decided the winner: the challenge of its hash, or the seed of its slot or turn.
    bytes32 challenge;
    /// Hash of the winner's block.
    bytes32 blockHash;
    /// p of the round, fixed at its opening.
    uint256 difficulty;
    /// The winner, what its block holds, and when it came.
    uint32 node;
    uint64 timestampSeconds;
    uint64 weight;
    /// Valid blocks for the round that came after it.
    uint16 competing;
    /// Snapshot of φ at the opening, see `phiRoot`.
    uint64 phiSnapshot;
}

/// @notice The part of a snapshot of φ that proves one node's lane; empty where it is not needed.
struct OpeningPhi {
    /// The 16 words of `phiWords` that hold the node's lane, [16·i, 16·i + 16) with i = ⌊node / 256⌋; fewer at the end.
    uint256[] words;
    /// keccak256 of each such page of all words.
    bytes32[] pages;
}

/// @title IConsensusLedger
/// @notice Rounds under the parameters of an IPhiOracle, for any consensus: dApps, feeds, pages and audits read them
///         without knowing how blocks are won. In a round, (1) d follows by ASERT from the rounds so far, and p = d /
///         Σexp(φ) from d, (2) θₙ bounds what node n may put in a block, (3) the first valid block wins, and the next
///         round begins. The engine decides what p counts, and what makes a block valid; its interface says so. As
///         examples:
///
/// | engine | p counts | a block of node n is valid with |
/// | --- | --- | --- |
/// | pow, PowLedger | expected hashes for a block | a hash that meets p |
/// | pos, StakeLedger | expected slots for a block | a slot that its stake has drawn |
/// | dpos, DelegateLedger | seconds of a turn | its turn among the elected delegates |
///
/// The body of a block names transactions (see BlockBody); its weight is their number.
///
/// Guarantees of every engine, each held by the test named beside it in `docs/contracts.md`:
/// 1. Rounds are consecutive; the first valid block wins its round, and nothing later changes that.
/// 2. d of a round depends only on its number, the time of the previous round and the anchor (aserti3).
/// 3. Times of rounds are those of the chain's blocks and strictly increasing.
/// 4. A valid block for a round that is won but not final is recorded as competing: one per node, none of the winner,
///    up to MAX_COMPETING_BLOCKS per round. Further ones are refused, and so is every block for a final round.
/// 5. A block weighs what its body names, and the body is in the log.
/// 6. p of a round is fixed at its opening, and θₙ is the better of θₙ at the opening and θₙ in force, so no report and
///    no `relax` within a round voids a block for it. For a round that was won, θₙ is the better of θₙ at its opening
///    and θₙ at the opening of the next, which is when it was won.
interface IConsensusLedger {
    /* ERRORS */

    /// @notice `round` is yet to come.
    error RoundNotOpen(uint256 round, uint256 openRound);
    /// @notice `round` is final: its block is settled, and late blocks are no longer recorded.
    error RoundFinal(uint256 round, uint256 finalRound);
    /// @notice The block holds more than θ of its node allows.
    error BlockTooHeavy(uint256 node, uint256 weight, uint256 limit);
    /// @notice The chain's clock has not moved since the round before.
    error TimestampNotAdvancing(uint256 timestampSeconds, uint256 previousSeconds);
    /// @notice The node won the round, or has a competing block in it.
    error NodeHasBlock(uint256 round, uint256 node);
    /// @notice `limit` competing blocks are recorded for the round already.
    error TooManyCompetingBlocks(uint256 round, uint256 limit);
    /// @notice No such round was won yet.
    error UnknownRound(uint256 round, uint256 openRound);
    /// @notice Anchor difficulty, interval, capacity and confirmations must be at least 1, capacity below 2⁶⁴, the
    ///         half-life no shorter than the interval, and the oracle an address.
    error InvalidLedger();

    /* EVENTS */

    /// @notice A round was won.
    /// @param difficulty p that bound the block.
    /// @param baseDifficulty d of the round.
    event RoundWon(
        uint256 indexed round,
        uint256 indexed node,
        bytes32 blockHash,
        bytes32 body,
        uint256 weight,
        uint256 difficulty,
        uint256 baseDifficulty
    );
    /// @notice The next round opened, with all that binds it.
    event RoundOpened(
        uint256 indexed round, uint256 difficulty, uint256 baseDifficulty, uint256 sumExpWad, uint256 phiSnapshot
    );
    /// @notice A valid block came after its round was won.
    event BlockCompeted(uint256 indexed round, uint256 indexed node, bytes32 blockHash, bytes32 body, uint256 weight);
    /// @notice The body of a block; follows the event of its block in the same call.
    event BodyPublished(uint256 indexed round, bytes32 indexed body, bytes data);

    /* READS */

    /// @notice The consensus in lower case, as "pow": what `catalyst deploy` takes as --engine.
    function ENGINE() external view returns (string memory);
    /// @notice The round that is open; rounds count from 1.
    function openRound() external view returns (uint256);
    /// @notice What binds the open round.
    function opening() external view returns (Opening memory);
    /// @notice d of the open round.
    function baseDifficulty() external view returns (uint256);
    /// @notice p of the open round, fixed since it opened.
    function difficulty() external view returns (uint256);
    /// @notice The most weight that a block of `node` may have by θ in force, rounded down; 0 for a retired node.
    function weightLimit(uint256 node) external view returns (uint256);
    /// @notice The most weight that a block of `node` for `round` may have if it carries `opening`: by θ₀ in force plus
    ///         the φ shown, within the upper bound on θ; for the open round, by θ in force if that is more. Changes by
    ///         the owner hold at once.
    function weightLimitWith(uint256 round, uint256 node, OpeningPhi calldata opening) external view returns (uint256);
    /// @notice The root of a snapshot of φ (see PhiSnapshot); 0 if none was taken, because there were too many nodes. A
    ///         snapshot is taken when a round opens and φ differs from the last snapshot.
    function phiRoot(uint256 snapshot) external view returns (bytes32);
    /// @notice A round that was won.
    function roundOf(uint256 round) external view returns (Round memory);
    /// @notice The last final round: `CONFIRMATIONS` rounds were won after it; 0 while there is none.
    function finalRound() external view returns (uint256);
    /// @notice Valid blocks that won no round, over all rounds: stale rate = this / (this + rounds won). When p is near
    ///         1, anyone who makes blocks can add to it, at most MAX_COMPETING_BLOCKS per round.
    function competingBlocks() external view returns (uint256);
    /// @notice How often a node was proved to have signed two blocks where it may sign one; always 0 if the engine
    ///         knows no such offence, as under proof of work.
    function equivocations(uint256 node) external view returns (uint256);
    /// @notice d of the round after `height` rounds, the last won at `timestampSeconds`. Rounded down twice, as
    ///         IDifficultyController does.
    function baseDifficultyAfter(uint256 height, uint256 timestampSeconds) external view returns (uint256);
    /// @notice Rounds to be won after a round until it is final.
    function CONFIRMATIONS() external view returns (uint256);
    /// @notice Weight of a full block at θ = 1.
    function CAPACITY() external view returns (uint256);
    /// @notice The most competing blocks that are recorded for one round. If blocks take δ intervals to reach the other
    ///         nodes, a round has more with the probability that a Poisson variable of mean δ exceeds it: 2 in 10 000
    ///         at 0.5.
    function MAX_COMPETING_BLOCKS() external view returns (uint256);
    /// @notice The most nodes for which φ at the opening is kept; in larger networks only θ in force counts.
    function MAX_SNAPSHOT_NODES() external view returns (uint256);
}
