// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @notice What a step is in the words of its agreement. The contract treats all alike; readers tell them apart.
enum Verb {
    Receive,
    Accept,
    Pay,
    Grant,
    Revoke,
    Attest,
    Net
}

/// @notice What the time of a step counts from.
enum DueFrom {
    /// The moment at which the step became the present one.
    StepBefore,
    /// The moment at which all had joined.
    Activation,
    /// 1970: the time is a date.
    Date
}

/// @notice Where a plan stands.
enum Status {
    Unknown,
    Proposed,
    Active,
    Disputed,
    Done,
    Refunded,
    Arbitrated,
    Amended
}

/// @notice What a step pays when it is done.
struct Payment {
    /// The party whose deposit pays; EVERYONE (254) for all, each by its share of what all hold.
    uint8 payer;
    /// The party that is paid.
    uint8 payee;
    /// In units of the token, not 0; REST (2^128 - 1) for all that the payer holds.
    uint128 amount;
}

/// @notice One step: who acts, until when, what must be shown, what it pays, and where each outcome leads: to a later
///         step, or to an end: DONE (255), ARBITER (254), REFUND (253).
struct Step {
    Verb verb;
    /// The party that acts, by its index in `parties`.
    uint8 actor;
    DueFrom dueFrom;
    /// Seconds after that; with DueFrom.Date, the timestamp itself.
    uint64 dueSeconds;
    /// Days after the due time in which the step can still be done, at a penalty.
    uint16 lateDays;
    /// For each late day that began, in units of the token.
    uint128 penaltyPerDay;
    /// The party whose deposit pays the penalty; NOBODY (255) where there is none.
    uint8 penaltyPayer;
    /// The party that gets the penalty; NOBODY where there is none.
    uint8 penaltyPayee;
    /// Whether the actor must show a hash.
    bool needsEvidence;
    /// Parties that can attest to the step, bit n for party n.
    uint16 witnesses;
    /// How many of them must.
    uint8 quorum;
    /// At most four, paid in their order, after the penalty.
    Payment[] payments;
    uint8 onDone;
    /// Where the plan goes when the time is over.
    uint8 onTimeout;
    /// Where it goes when the actor refuses; NEVER (252) where it may not.
    uint8 onRefusal;
}

/// @notice An agreement as a state machine. Its EIP-712 hash is its id, and what its parties sign.
struct Plan {
    /// The kind of agreement, such as "logistics", in ASCII.
    bytes32 kind;
    address[] parties;
    /// What each party deposits, in units of the token.
    uint256[] deposits;
    /// An ERC-20; 0 where nothing is deposited.
    address token;
    /// The party that decides disputes; NOBODY where there is none.
    uint8 arbiter;
    /// Seconds that it has for that; then all is refunded.
    uint64 arbiterSeconds;
    /// Timestamp until which parties can join.
    uint64 joinBySeconds;
    Step[] steps;
    /// keccak256 of the text that was read.
    bytes32 termsHash;
    /// Hash of the model that read it; 0 where no model did.
    bytes32 modelHash;
    /// Tells two agreements of the same content apart.
    uint256 salt;
}

/// @notice A plan with the EIP-712 hashes of its steps in their place: calls bring this and the present step alone,
///         since the bytes of a call are what it mostly costs. It has the id of its plan.
struct Frame {
    bytes32 kind;
    address[] parties;
    uint256[] deposits;
    address token;
    uint8 arbiter;
    uint64 arbiterSeconds;
    uint64 joinBySeconds;
    bytes32[] steps;
    bytes32 termsHash;
    bytes32 modelHash;
    uint256 salt;
}

/// @notice The message by which parties replace a plan that has not ended.
struct Amendment {
    /// The id of the plan.
    bytes32 plan;
    /// Where it stands: its present step, or ARBITER in a dispute. Elsewhere the amendment is void.
    uint8 step;
    Plan replacement;
}

/// @notice A signature of an ERC-2612 permit; v = 0 where there is none.
struct Permit {
    uint256 deadline;
    uint8 v;
    bytes32 r;
    bytes32 s;
}

/// @notice How one party joins.
struct Joining {
    uint8 party;
    /// Over the plan: EIP-712, of a key or by EIP-1271.
    bytes signature;
    Permit permit;
}

/// @notice That a witness saw a step done.
struct Attestation {
    uint8 witness;
    /// Over Attestation(bytes32 plan,uint8 step,bytes32 evidence).
    bytes signature;
}

/// @notice The state of a plan, in one slot.
struct Standing {
    Status status;
    /// The present step; ARBITER in a dispute.
    uint8 step;
    /// Who has joined, bit n for party n.
    uint16 joined;
    uint64 activatedAtSeconds;
    /// When the present step became the present one.
    uint64 sinceSeconds;
}

/// @title IPlanBook
/// @notice Agreements between parties who deposit, act in order and in time, and are paid by what was agreed.
///
/// A plan is proposed; every party signs it and deposits; it is active. Each step is then done by its actor, refused by
/// its actor, or passed by anyone once its time is over. The way leads to later steps alone, or to an end: DONE and
/// REFUND give each party what it still holds of its deposit, ARBITER lets a named party divide it. The contract keeps
/// a hash and a few words of each plan; callers bring the plan's frame with each call, and its present step.
///
/// Guarantees, each held by the test named beside it in `docs/contracts.md`:
/// 1. Conservation: what parties deposit equals what they hold and what was credited, on every path; what is credited
///    was deposited in the same token.
/// 2. No path without an end by time alone: from every state, `timeout` by anyone reaches an end.
/// 3. Only the named actor does or refuses a step; only the arbiter divides; only an account withdraws its credit.
/// 4. A step is done, refused or passed once, in order, and done in time alone.
/// 5. Nothing moves without the signatures of all parties over the very plan; an amendment needs them too, over the
///    plan, where it stands, and what replaces it. A plan that has ended never begins again.
/// 6. A token that fails, lies or calls back holds up its own plans alone; steps and ends call no token.
/// 7. Payments are credits that the payee withdraws: no payee can hold up a plan.
/// 8. There is no owner, and no function that changes what a plan says.
interface IPlanBook {
    /* ERRORS */

    /// @notice The plan is none: `reason` says why in words.
    error InvalidPlan(string reason);
    /// @notice The plan is not in a state in which this can be done.
    error WrongStatus(bytes32 plan, Status status);
    /// @notice The party has joined already.
    error AlreadyJoined(uint8 party);
    /// @notice The signature is not that of the party.
    error WrongSignature(uint8 party);
    /// @notice Another amount arrived than was deposited: the token takes a fee, or lies.
    error WrongDeposit(uint256 arrived, uint256 expected);
    /// @notice Another step is the present one.
    error NotPresentStep(uint8 step, uint8 presentStep);
    /// @notice The step that was brought is not the plan's step of that index.
    error WrongStep(uint8 step);
    /// @notice The caller is not who may do this.
    error NotNamed(address caller, address named);
    /// @notice The time for this is over.
    error TooLate(uint256 untilSeconds);
    /// @notice The time for the other ways is not over yet.
    error TooEarly(uint256 untilSeconds);
    /// @notice The step may not be refused.
    error NotRefusable(uint8 step);
    /// @notice The step needs a hash that shows it done.
    error EvidenceMissing(uint8 step);
    /// @notice Too few witnesses attest, or one that is none, or not in ascending order.
    error WrongWitnesses(uint8 step);
    /// @notice The arbiter's division is not of all that parties hold, or gives to the arbiter.
    error WrongDivision(uint256 divided, uint256 held);
    /// @notice There is nothing to withdraw.
    error NothingOwed(address token, address account);

    /* EVENTS */

    /// @notice The whole plan, from which anyone can call on.
    event Proposed(bytes32 indexed plan, Plan content);
    event Joined(bytes32 indexed plan, uint8 indexed party, uint256 deposit);
    event Activated(bytes32 indexed plan);
    event Performed(bytes32 indexed plan, uint8 indexed step, bytes32 evidence, uint256 lateDays);
    event Refused(bytes32 indexed plan, uint8 indexed step, bytes32 reason);
    event TimedOut(bytes32 indexed plan, uint8 indexed step);
    event Divided(bytes32 indexed plan, uint256[] shares, bytes32 reason);
    event Replaced(bytes32 indexed plan, bytes32 indexed replacement);
    event Ended(bytes32 indexed plan, Status status);
    /// @notice An account was credited from what parties of a plan held.
    event Credited(bytes32 indexed plan, address indexed account, uint256 amount);
    event Withdrawn(address indexed token, address indexed account, address to, uint256 amount);

    /* JOINING */

    /// @notice Makes a plan known, so that its parties can join, and has some of them join at once. Anyone may.
    /// @dev Reverts with InvalidPlan where a target leads back, a party is named twice, or a time is missing.
    /// @param joinings As for `join`; may be none.
    /// @return plan Its id.
    function propose(Plan calldata content, Joining[] calldata joinings) external returns (bytes32 plan);

    /// @notice Has parties join, by their signatures and deposits; with the last of them the plan is active.
    /// @dev A deposit is drawn by `transferFrom`; the party's approval, or its permit, must cover it.
    function join(Frame calldata frame, Joining[] calldata joinings) external;

    /* STEPS */

    /// @notice Does the present step: pays the penalty if it is late, then its payments, and goes where the step says.
    ///         Where a payer holds less than the amount, it pays what it holds.
    /// @param present The present step in full; so in all calls below.
    /// @param step Its index.
    function perform(
        Frame calldata frame,
        Step calldata present,
        uint8 step,
        bytes32 evidence,
        Attestation[] calldata attestations
    ) external;

    /// @notice Refuses the present step: the plan goes where the step says.
    /// @param reason A hash of the reasons, or 0.
    function refuse(Frame calldata frame, Step calldata present, uint8 step, bytes32 reason) external;

    /// @notice Passes the present step, or the dispute, or the joining, whose time is over. Anyone may.
    /// @param present The present step; any in a dispute, and while parties join.
    /// @param step The index of the present step; ARBITER in a dispute; 0 while parties join.
    function timeout(Frame calldata frame, Step calldata present, uint8 step) external;

    /// @notice Ends a dispute: credits each party its share, in order of `parties`, and nothing to the arbiter.
    function divide(Frame calldata frame, uint256[] calldata shares, bytes32 reason) external;

    /// @notice Replaces a plan that has not ended by another one of the same parties and token. What a party holds is
    ///         its deposit; what it lacks is drawn as in `join`, and what it holds beyond is credited to it.
    /// @param joinings One for each party, in their order, with signatures over the Amendment.
    function amend(Frame calldata frame, Plan calldata replacement, Joining[] calldata joinings) external;

    /* CREDIT */

    /// @notice Pays out all credit of the caller in a token.
    /// @return amount In units of the token.
    function withdraw(address token, address to) external returns (uint256 amount);

    /* READS */

    /// @notice What an account can withdraw, in units of the token.
    function owed(address token, address account) external view returns (uint256);
    /// @notice Where a plan stands.
    function standingOf(bytes32 plan) external view returns (Standing memory);
    /// @notice What a party holds in a plan that has not ended, in units of its token.
    function heldBy(bytes32 plan, uint256 party) external view returns (uint256);
    /// @notice The id of a plan: its EIP-712 struct hash.
    function idOf(Plan calldata content) external pure returns (bytes32);
    /// @notice The timestamp until which the present step can be done without penalty, and at a penalty.
    /// @dev While parties join, and in a dispute, both are the end of that. Reverts with WrongStatus after the end.
    function deadlines(Frame calldata frame, Step calldata present)
        external
        view
        returns (uint256 dueSeconds, uint256 lastSeconds);
}
