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
    /// What the winner was drawn from: the challenge of its hash, the seed of its slot or of its turn.
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

/// @notice φ of a snapshot, as far as one node is concerned; empty where it is not needed.
struct OpeningPhi {
    /// The 16 words of `phiWords` that hold the node's lane, [16·i, 16·i + 16) with i = ⌊node / 256⌋; fewer at the end.
    uint256[] words;
    /// keccak256 of each such page of all words.
    bytes32[] pages;
}

/// @title IConsensusLedger
/// @notice Rounds under the parameters of an IPhiOracle, whatever the consensus: what dApps, feeds, pages and audits
///         read without knowing how blocks are won. A round: (1) d follows by ASERT from the rounds so far and
///         p = d / Σexp(φ) from that, (2) θₙ bounds what node n may put in a block, (3) the first valid block wins, and
///         the next round begins. What p counts, and what makes a block valid, is the engine's:
///
/// | engine | p counts | a block of node n is valid with |
/// | --- | --- | --- |
/// | pow, PowLedger | expected hashes for a block | a hash that meets p |
/// | pos, StakeLedger | expected slots for a block | a slot that its stake has drawn |
/// | dpos, DelegateLedger | seconds of a turn | its turn among the elected delegates |
///
/// The body of a block names transactions (see BlockBody); its weight is how many.
///
/// Guarantees of every engine, each held by the test named beside it in `docs/contracts.md`:
/// 1. Rounds are consecutive; the first valid block wins its round, and what it won is not changed by anything later.
/// 2. d of a round depends on its number, the time of the round before and the anchor alone (aserti3).
/// 3. Times of rounds are those of the chain's blocks and strictly ascending.
/// 4. A valid block for a round that is won and not final is recorded as competing: one of each node but the winner,
///    up to MAX_COMPETING_BLOCKS a round. Further ones are refused, and all for a final round.
/// 5. A block weighs what its body names, and the body is in the log.
/// 6. p of a round is that at its opening, and θₙ the better of that at its opening and that in force: no report and
///    no `relax` within a round voids a block for it. For a round that was won, θₙ is the better of that at its opening
///    and that at the opening of the next, which is when it was won.
interface IConsensusLedger {
    /* ERRORS */

    /// @notice `round` is yet to come.
    error RoundNotOpen(uint256 round, uint256 openRound);
    /// @notice `round` is final: its block is settled, and late ones are not recorded any more.
    error RoundFinal(uint256 round, uint256 finalRound);
    /// @notice The block holds more than θ of the capacity allows its node.
    error BlockTooHeavy(uint256 node, uint256 weight, uint256 limit);
    /// @notice The chain's clock has not moved since the round before.
    error TimestampNotAdvancing(uint256 timestampSeconds, uint256 previousSeconds);
    /// @notice The node won the round, or has a competing block in it.
    error NodeHasBlock(uint256 round, uint256 node);
    /// @notice As many competing blocks as count were recorded for the round.
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
    /// @notice The round after opened, with all that binds it.
    event RoundOpened(
        uint256 indexed round, uint256 difficulty, uint256 baseDifficulty, uint256 sumExpWad, uint256 phiSnapshot
    );
    /// @notice A valid block came after its round was won.
    event BlockCompeted(uint256 indexed round, uint256 indexed node, bytes32 blockHash, bytes32 body, uint256 weight);
    /// @notice The body of a block; follows the event of its block in the same call.
    event BodyPublished(uint256 indexed round, bytes32 indexed body, bytes data);

    /* READS */

    /// @notice The consensus, in lower case: "pow", "pos" or "dpos".
    function ENGINE() external view returns (string memory);
    /// @notice The round that is open; rounds count from 1.
    function openRound() external view returns (uint256);
    /// @notice What binds the open round.
    function opening() external view returns (Opening memory);
    /// @notice d of the open round.
    function baseDifficulty() external view returns (uint256);
    /// @notice p of the open round, fixed since it opened.
    function difficulty() external view returns (uint256);
    /// @notice Most weight that a block of `node` may have by θ in force, rounded down; 0 of a retired node.
    function weightLimit(uint256 node) external view returns (uint256);
    /// @notice Most weight that a block of `node` for `round` may have, where `opening` is shown with it: by θ₀ in
    ///         force with φ shown, within the upper bound on θ; for the open round, by θ in force where that is more.
    ///         Changes by the owner hold at once.
    function weightLimitWith(uint256 round, uint256 node, OpeningPhi calldata opening) external view returns (uint256);
    /// @notice What commits to φ of a snapshot (see PhiSnapshot); 0 where none was taken, as there were too many
    ///         nodes. A snapshot is taken when a round opens and φ is not what the last one holds.
    function phiRoot(uint256 snapshot) external view returns (bytes32);
    /// @notice A round that was won.
    function roundOf(uint256 round) external view returns (Round memory);
    /// @notice Last round that is final: `CONFIRMATIONS` rounds were won after it; 0 while there is none.
    function finalRound() external view returns (uint256);
    /// @notice Valid blocks that won no round, of all rounds: stale rate = this / (this + rounds won). Where p is near
    ///         1, whoever makes blocks can make some, MAX_COMPETING_BLOCKS a round at most.
    function competingBlocks() external view returns (uint256);
    /// @notice Times that a node was proved to have signed two blocks where it may sign one; 0 for good where the
    ///         engine knows no such thing, as under proof of work.
    function equivocations(uint256 node) external view returns (uint256);
    /// @notice d of the round after `height` rounds, the last won at `timestampSeconds`. Rounded down twice, as
    ///         IDifficultyController does.
    function baseDifficultyAfter(uint256 height, uint256 timestampSeconds) external view returns (uint256);
    /// @notice Rounds to be won after a round until it is final.
    function CONFIRMATIONS() external view returns (uint256);
    /// @notice Weight of a full block at θ = 1.
    function CAPACITY() external view returns (uint256);
    /// @notice Competing blocks that are recorded for one round. With blocks that take δ intervals to the other nodes
    ///         there are more in a round with the chance that a Poisson number of mean δ passes it: 2 in 10 000 at 0.5.
    function MAX_COMPETING_BLOCKS() external view returns (uint256);
    /// @notice Nodes up to which φ is kept for the rounds that it opened; in larger networks θ in force alone counts.
    function MAX_SNAPSHOT_NODES() external view returns (uint256);
}
