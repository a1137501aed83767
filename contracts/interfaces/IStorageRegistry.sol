// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @notice How often a file is read.
enum Temperature {
    Hot,
    Warm,
    Cold,
    Archive
}

/// @notice Who a file is meant for. Other than public files are encrypted before they leave their owner.
enum Privacy {
    Public,
    Private,
    Personal
}

/// @notice What a registry is created with. It never changes.
struct RegistrySetup {
    /// An ERC-20: bonds, rent and fees are paid in it.
    address token;
    /// Seconds of one period of rent.
    uint32 periodSeconds;
    /// Seconds from a holder's notice until it may go.
    uint32 noticeSeconds;
    /// Blocks from a challenge to the block whose hash draws the chunks.
    uint32 drawDelayBlocks;
    /// Blocks after that one in which the holder can answer; at most 240, since 256 hashes are known.
    uint32 answerBlocks;
    /// Blocks from an answer until the same agreement can be challenged again, at least 1.
    uint32 restBlocks;
    /// Chunks that a challenge draws, 1 to 8.
    uint8 samples;
    /// Of a lost bond, the part of who challenged; the owner of the file has the rest.
    uint16 challengerBps;
    /// Periods of rent that an agreement locks of its holder's bond.
    uint16 bondPeriods;
    /// The least that it locks, in units of the token.
    uint128 minBond;
    /// What a challenge costs, in units of the token. It pays the holder's answer, or comes back.
    uint128 challengeFee;
}

/// @notice What the owner of a file wants. All but content, root and size can be amended.
struct FileTerms {
    /// The SHA-256 digest in the file's CIDv1.
    bytes32 contentDigest;
    /// Root of its {ChunkTree}.
    bytes32 chunkRoot;
    uint64 sizeBytes;
    /// The multicodec of its CIDv1: 0x55 raw, 0x70 dag-pb.
    uint16 codec;
    Temperature temperature;
    Privacy privacy;
    /// Below this the steward cannot release a holder.
    uint8 replicasMin;
    /// More than this never hold the file, offers among them.
    uint8 replicasMax;
    /// Who may offer the file to holders and release them beside the owner; 0 for nobody.
    address steward;
    /// Most rent of one holder and period, in units of the token.
    uint128 maxRent;
    /// Where holders must be: up to four regions or what they lie in; none where the first is 0.
    bytes16[4] regions;
}

/// @notice A file as it stands.
struct FileStanding {
    address owner;
    /// Agreements, offers among them.
    uint8 agreements;
    /// Those of them that holders have accepted.
    uint8 held;
    /// What is left to pay rent from, in units of the token.
    uint256 fund;
}

/// @notice A holder. Region and room are what it says of itself.
struct Holder {
    bytes16 region;
    uint64 capacityBytes;
    /// Bytes of the files that it holds.
    uint64 usedBytes;
    /// In units of the token.
    uint128 pricePerGibPeriod;
    /// In units of the token; `locked` of it stands for agreements.
    uint256 bond;
    uint256 locked;
}

enum AgreementStatus {
    None,
    Offered,
    Held,
    /// The holder has given notice.
    Leaving
}

/// @notice One holder's agreement about one file.
struct Agreement {
    AgreementStatus status;
    /// Since when it is held; of an offer, until when it can be accepted.
    uint64 sinceSeconds;
    /// Until when rent has been collected.
    uint64 paidUntilSeconds;
    /// From when a holder that has given notice may go.
    uint64 leavesSeconds;
    /// Per period, in units of the token.
    uint128 rent;
    /// What of the bond stands for it.
    uint128 locked;
    /// Who challenged, 0 while no challenge is open.
    address challenger;
    /// The block whose hash draws the chunks; after an answer, when the next challenge is possible.
    uint64 drawBlock;
}

/// @notice One drawn chunk and its Merkle path.
struct ChunkProof {
    bytes chunk;
    /// Siblings from the leaf upwards, without those that are missing.
    bytes32[] path;
}

/// @title IStorageRegistry
/// @notice Files, who holds them, what that is paid, and proof that they hold them.
///
/// An owner registers a file and puts money in its fund. Owner or steward offer it to holders, who accept once they
/// have its bytes. Each period of rent is collected by the holder. Anyone may challenge a holder: the hash of a later
/// block draws chunks, and the holder answers with their bytes and Merkle paths, or loses what its bond has locked for
/// the file. A holder goes after its notice; the owner, or the steward above the least number, releases it at once.
///
/// Guarantees, each held by the test named beside it in `docs/storage.md`:
/// 1. Conservation: the registry holds at least all bonds, funds, open fees and credits together, and pays out nothing
///    else.
/// 2. Nobody holds a file without having accepted it; rent, locked bond and file are those of the offer.
/// 3. A file never has more agreements than `replicasMax` or one dearer than `maxRent`, or one outside its regions when
///    offered; the steward releases nobody while that would leave fewer than `replicasMin`, and takes out no money.
/// 4. What an agreement has locked of a bond stays until the agreement ends.
/// 5. Who answers in time with the very bytes of the drawn chunks loses nothing, and gets the fee; nothing else
///    answers.
/// 6. Who does not is convicted by anyone, once: owner and challenger share what was locked, rent that was not
///    collected stays in the fund, and the fee goes back.
/// 7. A holder is paid whole periods at the rent agreed, at most what the fund holds, and nothing while a challenge is
///    open.
/// 8. Time alone lets all go: offers lapse, holders go after their notice, or at once when the fund cannot pay what is
///    due; an owner empties the fund of a file that nobody holds. No challenger can hold up an exit for longer than one
///    challenge.
/// 9. Payments are credits that the payee withdraws, so no payee holds up a call; the token is called by deposits and
///    withdrawals alone.
/// 10. There is no owner of the registry, and no function that changes its setup.
///
/// @dev Warning: a proof shows that its holder could get those chunks within the window, not that a copy of its own
///      lies on its disk. Holders that are one party, or fetch from another holder, pass as several.
/// @dev Warning: who produces the drawing block can withhold it, at the price of that block, and so draw twice: a
///      holder that produces it and fails a draw with chance c fails the challenge with c² in place of c.
/// @dev Warning: nothing here compares `chunkRoot` with the CID: a holder does, before it accepts.
interface IStorageRegistry {
    /* ERRORS */

    /// @notice The setup cannot work.
    error InvalidSetup();
    /// @notice The terms cannot be kept: says which.
    error InvalidTerms(string field);
    /// @notice The file is known already, or not at all.
    error FileKnown(bytes32 file);
    error FileUnknown(bytes32 file);
    /// @notice The caller may not do this.
    error NotAllowed(address caller);
    /// @notice The holder is not registered, or a name is missing.
    error InvalidHolder(address holder);
    /// @notice The agreement is not in a state in which this can be done.
    error WrongStatus(bytes32 file, address holder, AgreementStatus status);
    /// @notice No more agreements, or no fewer.
    error ReplicaBound(uint256 agreements, uint256 bound);
    /// @notice The rent of the offer is above what the owner allows.
    error RentTooHigh(uint256 rent, uint256 maxRent);
    /// @notice The holder's region is not allowed for the file.
    error RegionNotAllowed(bytes16 region);
    /// @notice The holder has no room left.
    error NoRoom(uint256 freeBytes, uint256 sizeBytes);
    /// @notice The free part of the bond is too small.
    error BondTooSmall(uint256 free, uint256 needed);
    /// @notice Too early or too late, by the clock or by blocks.
    error TooEarly(uint256 from);
    error TooLate(uint256 until);
    /// @notice A challenge is open and must end first, or none is.
    error ChallengeOpen(bytes32 file, address holder);
    error NoChallenge(bytes32 file, address holder);
    /// @notice The chunk or path of this sample is not that of the file.
    error WrongProof(uint256 sample, uint256 chunkIndex);
    /// @notice The fund pays what is due, so the holder cannot go for that reason.
    error FundPays(uint256 fund, uint256 due);
    /// @notice There is nothing to collect, to take out or to withdraw.
    error NothingDue();

    /* EVENTS */

    event HolderSet(address indexed holder, bytes16 region, uint64 capacityBytes, uint128 pricePerGibPeriod);
    event Bonded(address indexed holder, uint256 amount);
    event Unbonded(address indexed holder, uint256 amount);
    event FileRegistered(bytes32 indexed file, address indexed owner, FileTerms terms);
    event TermsAmended(bytes32 indexed file, FileTerms terms);
    event Funded(bytes32 indexed file, uint256 amount);
    event Defunded(bytes32 indexed file, uint256 amount);
    event Offered(bytes32 indexed file, address indexed holder, uint128 rent, uint64 untilSeconds);
    event Accepted(bytes32 indexed file, address indexed holder, uint128 locked);
    event NoticeGiven(bytes32 indexed file, address indexed holder, uint64 leavesSeconds);
    /// @notice The agreement has ended, or the offer was taken back.
    event Ended(bytes32 indexed file, address indexed holder);
    event RentPaid(bytes32 indexed file, address indexed holder, uint256 periods, uint256 amount);
    event Challenged(bytes32 indexed file, address indexed holder, address indexed challenger, uint64 drawBlock);
    event Answered(bytes32 indexed file, address indexed holder);
    event Convicted(
        bytes32 indexed file, address indexed holder, address indexed challenger, uint256 toOwner, uint256 toChallenger
    );
    event Credited(address indexed account, uint256 amount);
    event Withdrawn(address indexed account, address to, uint256 amount);

    /* HOLDERS */

    /// @notice Registers the caller as a holder, or changes what it says. Agreements keep their rent.
    /// @param region Where it is, in ASCII, such as "eu-west".
    function setHolder(bytes16 region, uint64 capacityBytes, uint128 pricePerGibPeriod) external;

    /// @notice Adds to the caller's bond what arrives of `amount`.
    function bond(uint256 amount) external;

    /// @notice Credits the caller with a free part of its bond.
    function unbond(uint256 amount) external;

    /* FILES */

    /// @notice Registers a file of the caller's. Its id is keccak256(owner, contentDigest).
    function register(FileTerms calldata terms) external returns (bytes32 file);

    /// @notice Changes all terms but content, root and size. Agreements that exist stay as they are.
    function amend(bytes32 file, FileTerms calldata terms) external;

    /// @notice Adds to a file's fund what arrives of `amount`. Anyone may.
    function fund(bytes32 file, uint256 amount) external;

    /// @notice Credits the owner with the fund of a file that nobody holds and that is offered to nobody.
    function defund(bytes32 file) external;

    /* AGREEMENTS */

    /// @notice Offers a file to a holder, at the holder's present price. Owner or steward.
    /// @param untilSeconds Timestamp until which the holder can accept. Then anyone can take the offer back.
    function offer(bytes32 file, address holder, uint64 untilSeconds) external;

    /// @notice Accepts an offer. The holder should have the bytes and have compared them with CID and root.
    function accept(bytes32 file) external;

    /// @notice Collects the rent of all whole periods that have passed, as far as the fund reaches.
    function collect(bytes32 file) external;

    /// @notice Gives notice: after `noticeSeconds` the caller may go.
    function giveNotice(bytes32 file) external;

    /// @notice Ends the caller's agreement: its notice is over, or the fund cannot pay what is due.
    function depart(bytes32 file) external;

    /// @notice Ends an agreement, or takes back an offer. Owner or steward; a lapsed offer, anyone. The holder is paid
    ///         the begun period too, as far as the fund reaches.
    function release(bytes32 file, address holder) external;

    /* PROOFS */

    /// @notice Challenges a holder. Draws the fee from the caller.
    function challenge(bytes32 file, address holder) external;

    /// @notice Answers the open challenge with the drawn chunks, in the order of the samples.
    function answer(bytes32 file, ChunkProof[] calldata proofs) external;

    /// @notice Ends the agreement of a holder that has not answered in time.
    function convict(bytes32 file, address holder) external;

    /* CREDIT */

    /// @notice Pays out all that is credited to the caller.
    function withdraw(address to) external returns (uint256 amount);

    /* READS */

    /// @notice What is credited to an account, in units of the token.
    function owed(address account) external view returns (uint256);

    function setup() external view returns (RegistrySetup memory);
    function idOf(address owner, bytes32 contentDigest) external pure returns (bytes32);
    function termsOf(bytes32 file) external view returns (FileTerms memory);
    function standingOf(bytes32 file) external view returns (FileStanding memory);
    function holderOf(address account) external view returns (Holder memory);
    function agreementOf(bytes32 file, address holder) external view returns (Agreement memory);

    /// @notice Who has an agreement about a file or an offer of one; at most 16, in no order.
    function holdersOf(bytes32 file) external view returns (address[] memory);

    /// @notice The chunks that the open challenge has drawn, by sample.
    function drawnChunks(bytes32 file, address holder) external view returns (uint256[] memory);
}
