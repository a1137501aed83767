// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @notice A round that was won.
struct Round {
    /// What the winner's hash starts from.
    bytes32 challenge;
    /// keccak256(challenge ‖ node ‖ body ‖ nonce) of the winner.
    bytes32 blockHash;
    /// p that it met, as competing blocks of the round must.
    uint256 difficulty;
    /// The winner, what its block holds, and when it came.
    uint64 node;
    uint64 timestampSeconds;
    uint64 weight;
    /// Valid blocks for the round that came after it.
    uint64 competing;
}

/// @title IPowLedger
/// @notice Mining rounds under the parameters of an IPhiOracle. A round: (1) a challenge hash is drawn, (2) d follows
///         by ASERT from the rounds so far and p = d / Σexp(φ) from that, (3) θₙ bounds what node n may put in a
///         block, (4) nodes build blocks and search nonces, (5) the first valid block wins, and the next round begins.
///
/// A block of node n is (body, weight, nonce): `body` commits to its transactions, `weight` is what they fill of the
/// capacity. It is valid where keccak256(challenge ‖ n ‖ body ‖ nonce) · p < 2²⁵⁶ and weight ≤ θₙ · capacity; the
/// hash covers 128 bytes: four words, n and nonce as uint256.
///
/// Guarantees, each held by the test named beside it in `docs/contracts.md`:
/// 1. Rounds are consecutive; the first valid block wins its round, and what it won is not changed by anything later.
/// 2. A block counts only with the work that p asks of it at that moment, within θₙ of the capacity, from node n's own
///    key, and once.
/// 3. d of a round depends on its number, the time of the round before and the anchor alone (aserti3).
/// 4. Times of rounds are those of the chain's blocks and strictly ascending.
/// 5. A valid block for a round that is won and not final is recorded as competing; for a final round it is refused.
/// 6. A block submitted with its body weighs the transactions that the body names, and the body is in the log.
interface IPowLedger {
    /// @notice `round` is yet to come.
    error RoundNotOpen(uint256 round, uint256 openRound);
    /// @notice `round` is final: its block is settled, and late ones are not recorded any more.
    error RoundFinal(uint256 round, uint256 finalRound);
    /// @notice The caller does not hold the key of `node`.
    error NotMiner(uint256 node, address caller, address miner);
    /// @notice The hash does not meet p.
    error NotEnoughWork(bytes32 blockHash, uint256 difficulty);
    /// @notice The block holds more than θ of the capacity allows its node.
    error BlockTooHeavy(uint256 node, uint256 weight, uint256 limit);
    /// @notice The chain's clock has not moved since the round before.
    error TimestampNotAdvancing(uint256 timestampSeconds, uint256 previousSeconds);
    /// @notice This very block was submitted before.
    error BlockAlreadySubmitted(bytes32 blockHash);
    /// @notice No such round was won yet.
    error UnknownRound(uint256 round, uint256 openRound);
    /// @notice Anchor difficulty, interval, half-life, capacity and confirmations must be at least 1, capacity below
    ///         2⁶⁴, and the oracle an address.
    error InvalidLedger();

    /// @notice A round was won.
    /// @param difficulty p that the block met.
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
    /// @notice The round after opened.
    event RoundOpened(uint256 indexed round, bytes32 challenge, uint256 baseDifficulty);
    /// @notice A valid block came after its round was won.
    event BlockCompeted(uint256 indexed round, uint256 indexed node, bytes32 blockHash, bytes32 body, uint256 weight);

    /// @notice The body of a block that was submitted whole.
    event BodyPublished(uint256 indexed round, bytes32 indexed body, bytes data);

    /// @notice Submits a block of `node` for `round`: wins it, or is recorded as competing, or reverts.
    /// @dev Reverts too with UnknownNode and NodeIsRetired of IConsensusRegistry and NoActiveNodes of Difficulty.
    function submitBlock(uint256 round, uint256 node, bytes32 body, uint256 weight, uint256 nonce) external;

    /// @notice As `submitBlock`, with the body itself: body = keccak256(data), weight = the transactions that `data`
    ///         names (see BlockBody). So what each block confirms can be read from the chain alone.
    /// @dev Reverts too with BodyTooShort of BlockBody.
    function submitBlockWithBody(uint256 round, uint256 node, bytes calldata data, uint256 nonce) external;

    /// @notice The round that is open; rounds count from 1.
    function openRound() external view returns (uint256);
    /// @notice Challenge of the open round.
    function challenge() external view returns (bytes32);
    /// @notice d of the open round.
    function baseDifficulty() external view returns (uint256);
    /// @notice p of the open round under φ in force; it follows φ within the round.
    function difficulty() external view returns (uint256);
    /// @notice Most weight that a block of `node` may have, rounded down; 0 of a retired node.
    function weightLimit(uint256 node) external view returns (uint256);
    /// @notice A round that was won.
    function roundOf(uint256 round) external view returns (Round memory);
    /// @notice Last round that is final: `CONFIRMATIONS` rounds were won after it; 0 while there is none.
    function finalRound() external view returns (uint256);
    /// @notice Valid blocks that won no round, of all rounds: stale rate = this / (this + rounds won).
    function competingBlocks() external view returns (uint256);
    /// @notice d of the round after `height` rounds, the last won at `timestampSeconds`. Rounded down twice, as
    ///         IDifficultyController does.
    function baseDifficultyAfter(uint256 height, uint256 timestampSeconds) external view returns (uint256);
    /// @notice Rounds to be won after a round until it is final.
    function CONFIRMATIONS() external view returns (uint256);
    /// @notice Weight of a full block at θ = 1.
    function CAPACITY() external view returns (uint256);
}
