// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @notice What the signing party owes another one.
struct Obligation {
    /// Its index in the parties of the round.
    uint16 creditor;
    /// In units of the token; not 0.
    uint128 amount;
}

/// @notice Who nets what, and until when. Its EIP-712 hash is the round's id.
struct ClearingRound {
    /// An ERC-20.
    address token;
    /// 2 to 1 000, in ascending order.
    address[] parties;
    /// Timestamp until which the round can be settled.
    uint64 settleBySeconds;
    /// keccak256 of the texts that were read.
    bytes32 termsHash;
    /// Hash of the model that read them; 0 where no model did.
    bytes32 modelHash;
    /// Tells two rounds of the same content apart.
    uint256 salt;
}

/// @notice What each party signs (EIP-712): Statement(bytes32 round,uint16 party,Obligation[] owes,int256 net).
struct Statement {
    /// All that it owes in this round, to whom.
    Obligation[] owes;
    /// What it gets, or pays if below 0, after all obligations of all parties: in units of the token.
    int256 net;
    /// Of a key, or by EIP-1271.
    bytes signature;
}

/// @title IClearing
/// @notice Multilateral netting: many obligations between many parties are settled at once by what is left of them.
///
/// A party signs what it owes and the net that follows for it from what all owe. One transaction brings all statements;
/// whoever pays net pays by `transferFrom`, whoever gets net is credited and withdraws.
///
/// Guarantees, each held by the test named beside it in `docs/contracts.md`:
/// 1. The nets add up to 0, and each is what the obligations that were signed make it.
/// 2. Nothing moves without the signature of every party over its obligations, its net and this round.
/// 3. A round settles whole or not at all, once, and until its time.
/// 4. The contract holds exactly what was credited and not withdrawn, for each token that keeps its balances.
/// 5. There is no owner.
interface IClearing {
    /* ERRORS */

    /// @notice The round is none: `reason` says why in words.
    error InvalidRound(string reason);
    /// @notice The round was settled before.
    error AlreadySettled(bytes32 round);
    /// @notice The time to settle is over.
    error TooLate(uint256 untilSeconds);
    /// @notice The signature is not that of the party.
    error WrongSignature(uint256 party);
    /// @notice An obligation names no other party, or no amount.
    error InvalidObligation(uint256 party, uint256 index);
    /// @notice The obligations give another net than the party signed.
    error WrongNet(uint256 party, int256 signed, int256 found);
    /// @notice Another amount arrived than was due: the token takes a fee, or lies.
    error WrongPayment(uint256 party, uint256 arrived, uint256 expected);
    /// @notice There is nothing to withdraw.
    error NothingOwed(address token, address account);

    /* EVENTS */

    /// @param obligations How many were settled.
    /// @param gross Their sum, in units of the token.
    /// @param moved What was paid in their place.
    event Settled(
        bytes32 indexed round, bytes32 termsHash, bytes32 modelHash, uint256 obligations, uint256 gross, uint256 moved
    );
    event Netted(bytes32 indexed round, address indexed party, int256 net);
    event Withdrawn(address indexed token, address indexed account, address to, uint256 amount);

    /* CALLS */

    /// @notice Settles a round. Anyone may call it.
    /// @param statements One for each party, in their order.
    function settle(ClearingRound calldata content, Statement[] calldata statements) external;

    /// @notice Pays out all credit of the caller in a token.
    /// @return amount In units of the token.
    function withdraw(address token, address to) external returns (uint256 amount);

    /* READS */

    /// @notice What an account can withdraw, in units of the token.
    function owed(address token, address account) external view returns (uint256);
    /// @notice When a round was settled; 0 if it was not.
    function settledAtSeconds(bytes32 round) external view returns (uint256);
    /// @notice The id of a round: its EIP-712 struct hash.
    function idOf(ClearingRound calldata content) external pure returns (bytes32);
}
