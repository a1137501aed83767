// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @notice Where a lock stands.
enum LockStatus {
    Unknown,
    Locked,
    Claimed,
    Refunded
}

/// @notice What the other chain has to do with a lock. The contract carries this and checks none of it.
struct Counterpart {
    uint64 chainId;
    /// The HashLock of that chain.
    address settler;
    address token;
    /// Who is to be paid there.
    address recipient;
    /// What is to be paid there, in units of that token.
    uint128 amount;
    /// The lock that this one answers; 0 in the first of a pair.
    bytes32 lock;
}

/// @notice Tokens behind a hash and a time. Its hash, with chain and contract, is its id.
struct Lock {
    /// An ERC-20.
    address token;
    /// Who locks, and to whom a refund goes.
    address sender;
    /// Who is paid.
    address recipient;
    /// In units of the token, not 0.
    uint128 amount;
    /// sha256 of a preimage of 32 bytes.
    bytes32 hash;
    /// Timestamp from which the lock is refunded and no longer claimed.
    uint64 expirySeconds;
    Counterpart counterpart;
}

/// @title IHashLock
/// @notice ERC-20 hash time-locks. Two of them, on two chains and with one hash, are a swap that nobody has to trust:
///         who claims on one chain shows the preimage that the other one needs.
///
/// The hash is sha256, which chains without keccak have too, so that the same preimage opens a lock there; it costs 84
/// gas. The preimage is 32 bytes: one of any length might open a lock on one chain and be too long for the other.
///
/// Nothing but the hash ties two locks together. Who answers a lock lets its own expire well before that one, so that
/// what is claimed at the last moment still leaves time to claim in turn, however far the clocks of both chains are
/// apart. The contract cannot see the other chain: its callers keep to that (`oracle/bridges/margins.py`).
///
/// Guarantees, each held by the test named beside it in `docs/routes.md`:
/// 1. What was locked goes whole to the recipient, by the preimage and before the expiry, or whole back to the sender
///    from the expiry on; to nobody else, and once.
/// 2. From the expiry on anyone can have the sender refunded: nobody's absence holds tokens up.
/// 3. A lock is known under one id on one chain and in one contract, and never locks again.
/// 4. The preimage of a claim is in its event.
/// 5. A token that fails, lies, takes a fee or calls back holds up its own locks alone.
/// 6. There is no owner.
interface IHashLock {
    /* ERRORS */

    /// @notice The lock is none: `reason` says why in words.
    error InvalidLock(string reason);
    /// @notice The lock does not stand where this can be done.
    error WrongStatus(bytes32 lock, LockStatus got, LockStatus needed);
    /// @notice The caller is not the sender of the lock.
    error NotSender(address got, address sender);
    /// @notice The preimage is of another hash.
    error WrongPreimage(bytes32 got, bytes32 hash);
    /// @notice The time to claim, or to lock, is over.
    error TooLate(uint256 gotSeconds, uint256 limitSeconds);
    /// @notice The lock has not expired yet.
    error TooEarly(uint256 gotSeconds, uint256 limitSeconds);
    /// @notice Another amount arrived: the token takes a fee, or lies.
    error WrongAmount(uint256 got, uint256 expected);

    /* EVENTS */

    event Locked(bytes32 indexed lock, address indexed sender, address indexed recipient, Lock content);
    event Claimed(bytes32 indexed lock, bytes32 preimage);
    event Refunded(bytes32 indexed lock);

    /* CALLS */

    /// @notice Locks tokens of the caller, who is the sender that the lock names, by its approval.
    /// @return id Of the lock.
    function lock(Lock calldata content) external returns (bytes32 id);

    /// @notice Pays the recipient. Anyone may call it with the preimage.
    function claim(Lock calldata content, bytes32 preimage) external;

    /// @notice Pays the sender back, from the expiry on. Anyone may call it.
    function refund(Lock calldata content) external;

    /* READS */

    /// @notice The id of a lock on this chain and in this contract.
    function idOf(Lock calldata content) external view returns (bytes32);

    /// @notice Where a lock stands.
    function statusOf(bytes32 id) external view returns (LockStatus);
}
