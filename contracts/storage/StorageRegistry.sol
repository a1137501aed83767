// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ReentrancyGuardTransient} from "solady/src/utils/ReentrancyGuardTransient.sol";

import {
    Agreement,
    AgreementStatus,
    ChunkProof,
    FileStanding,
    FileTerms,
    Holder,
    IStorageRegistry,
    RegistrySetup
} from "../interfaces/IStorageRegistry.sol";
import {ChunkTree} from "../libraries/ChunkTree.sol";
import {RegionName} from "../libraries/RegionName.sol";
import {StakeToken} from "../libraries/StakeToken.sol";
import {StorageRules} from "../libraries/StorageRules.sol";

/// @title StorageRegistry
/// @notice See {IStorageRegistry}: it states the guarantees.
contract StorageRegistry is IStorageRegistry, ReentrancyGuardTransient {
    RegistrySetup private _setup;
    mapping(bytes32 file => FileTerms) private _terms;
    mapping(bytes32 file => FileStanding) private _standing;
    mapping(bytes32 file => address[]) private _holders;
    mapping(bytes32 file => mapping(address holder => Agreement)) private _agreements;
    /// @dev Fees of open challenges, as they arrived.
    mapping(bytes32 file => mapping(address holder => uint256)) private _fees;
    mapping(address account => Holder) private _holder;
    /// @inheritdoc IStorageRegistry
    mapping(address account => uint256) public owed;

    constructor(RegistrySetup memory setup_) {
        StorageRules.checkSetup(setup_);
        _setup = setup_;
    }

    /* HOLDERS */

    /// @inheritdoc IStorageRegistry
    function setHolder(bytes16 region, uint64 capacityBytes, uint128 pricePerGibPeriod) external {
        Holder storage holder = _holder[msg.sender];
        if (region == 0 || capacityBytes < holder.usedBytes || pricePerGibPeriod > StorageRules.MOST_PRICE) {
            revert InvalidHolder(msg.sender);
        }
        (holder.region, holder.capacityBytes, holder.pricePerGibPeriod) = (region, capacityBytes, pricePerGibPeriod);
        emit HolderSet(msg.sender, region, capacityBytes, pricePerGibPeriod);
    }

    /// @inheritdoc IStorageRegistry
    function bond(uint256 amount) external nonReentrant {
        uint256 arrived = StakeToken.take(_setup.token, amount);
        _holder[msg.sender].bond += arrived;
        emit Bonded(msg.sender, arrived);
    }

    /// @inheritdoc IStorageRegistry
    function unbond(uint256 amount) external nonReentrant {
        Holder storage holder = _holder[msg.sender];
        uint256 free = holder.bond - holder.locked;
        if (amount > free) revert BondTooSmall(free, amount);
        holder.bond -= amount;
        emit Unbonded(msg.sender, amount);
        _credit(msg.sender, amount);
    }

    /* FILES */

    /// @inheritdoc IStorageRegistry
    function register(FileTerms calldata terms) external returns (bytes32 file) {
        StorageRules.checkTerms(terms);
        file = idOf(msg.sender, terms.contentDigest);
        if (_standing[file].owner != address(0)) revert FileKnown(file);
        _standing[file].owner = msg.sender;
        _terms[file] = terms;
        emit FileRegistered(file, msg.sender, terms);
    }

    /// @inheritdoc IStorageRegistry
    function amend(bytes32 file, FileTerms calldata terms) external {
        if (msg.sender != _owner(file)) revert NotAllowed(msg.sender);
        StorageRules.checkTerms(terms);
        FileTerms storage present = _terms[file];
        if (
            terms.contentDigest != present.contentDigest || terms.chunkRoot != present.chunkRoot
                || terms.sizeBytes != present.sizeBytes || terms.codec != present.codec
        ) revert InvalidTerms("content cannot change");
        _terms[file] = terms;
        emit TermsAmended(file, terms);
    }

    /// @inheritdoc IStorageRegistry
    function fund(bytes32 file, uint256 amount) external nonReentrant {
        _owner(file);
        uint256 arrived = StakeToken.take(_setup.token, amount);
        _standing[file].fund += arrived;
        emit Funded(file, arrived);
    }

    /// @inheritdoc IStorageRegistry
    function defund(bytes32 file) external nonReentrant {
        address owner = _owner(file);
        if (msg.sender != owner) revert NotAllowed(msg.sender);
        FileStanding storage standing = _standing[file];
        if (standing.agreements != 0) revert ReplicaBound(standing.agreements, 0);
        uint256 amount = standing.fund;
        if (amount == 0) revert NothingDue();
        standing.fund = 0;
        emit Defunded(file, amount);
        _credit(owner, amount);
    }

    /* AGREEMENTS */

    /// @inheritdoc IStorageRegistry
    function offer(bytes32 file, address holder, uint64 untilSeconds) external {
        FileTerms storage terms = _terms[file];
        _onlyOwnerOrSteward(file, terms);
        Holder storage to = _holder[holder];
        if (to.region == 0) revert InvalidHolder(holder);
        Agreement storage agreement = _agreements[file][holder];
        if (agreement.status != AgreementStatus.None) revert WrongStatus(file, holder, agreement.status);
        if (untilSeconds < block.timestamp) revert TooLate(untilSeconds);
        uint256 agreements = ++_standing[file].agreements;
        if (agreements > terms.replicasMax) revert ReplicaBound(agreements, terms.replicasMax);
        uint128 rent = StorageRules.rentUp(to.pricePerGibPeriod, terms.sizeBytes);
        if (rent > terms.maxRent) revert RentTooHigh(rent, terms.maxRent);
        if (!RegionName.isWithin(to.region, terms.regions)) revert RegionNotAllowed(to.region);
        (agreement.status, agreement.sinceSeconds, agreement.rent) = (AgreementStatus.Offered, untilSeconds, rent);
        _holders[file].push(holder);
        emit Offered(file, holder, rent, untilSeconds);
    }

    /// @inheritdoc IStorageRegistry
    function accept(bytes32 file) external {
        Agreement storage agreement = _agreements[file][msg.sender];
        if (agreement.status != AgreementStatus.Offered) revert WrongStatus(file, msg.sender, agreement.status);
        if (block.timestamp > agreement.sinceSeconds) revert TooLate(agreement.sinceSeconds);
        Holder storage holder = _holder[msg.sender];
        uint64 sizeBytes = _terms[file].sizeBytes;
        uint256 freeBytes = holder.capacityBytes - holder.usedBytes;
        if (sizeBytes > freeBytes) revert NoRoom(freeBytes, sizeBytes);
        uint128 locked = StorageRules.lockOf(_setup, agreement.rent);
        uint256 free = holder.bond - holder.locked;
        if (locked > free) revert BondTooSmall(free, locked);
        holder.usedBytes += sizeBytes;
        holder.locked += locked;
        uint64 timestamp = uint64(block.timestamp);
        (agreement.status, agreement.locked) = (AgreementStatus.Held, locked);
        (agreement.sinceSeconds, agreement.paidUntilSeconds) = (timestamp, timestamp);
        ++_standing[file].held;
        emit Accepted(file, msg.sender, locked);
    }

    /// @inheritdoc IStorageRegistry
    function collect(bytes32 file) external nonReentrant {
        Agreement storage agreement = _atRest(file, msg.sender);
        uint256 periods = StorageRules.periodsDue(agreement, _setup.periodSeconds);
        uint256 rent = agreement.rent;
        uint256 available = _standing[file].fund;
        if (periods * rent > available) periods = available / rent;
        if (periods == 0) revert NothingDue();
        agreement.paidUntilSeconds += uint64(periods * _setup.periodSeconds);
        _payRent(file, msg.sender, periods, periods * rent);
    }

    /// @inheritdoc IStorageRegistry
    function giveNotice(bytes32 file) external {
        Agreement storage agreement = _agreements[file][msg.sender];
        if (agreement.status != AgreementStatus.Held) revert WrongStatus(file, msg.sender, agreement.status);
        uint64 leaves = uint64(block.timestamp) + _setup.noticeSeconds;
        (agreement.status, agreement.leavesSeconds) = (AgreementStatus.Leaving, leaves);
        emit NoticeGiven(file, msg.sender, leaves);
    }

    /// @inheritdoc IStorageRegistry
    function depart(bytes32 file) external nonReentrant {
        Agreement storage agreement = _atRest(file, msg.sender);
        uint256 due = StorageRules.periodsDue(agreement, _setup.periodSeconds) * agreement.rent;
        if (agreement.status == AgreementStatus.Held || block.timestamp < agreement.leavesSeconds) {
            uint256 available = _standing[file].fund;
            if (due <= available) {
                if (agreement.status == AgreementStatus.Leaving) revert TooEarly(agreement.leavesSeconds);
                revert FundPays(available, due);
            }
        }
        _settle(file, msg.sender, StorageRules.periodsDue(agreement, _setup.periodSeconds));
        _end(file, msg.sender);
    }

    /// @inheritdoc IStorageRegistry
    function release(bytes32 file, address holder) external nonReentrant {
        Agreement storage agreement = _agreements[file][holder];
        FileTerms storage terms = _terms[file];
        if (agreement.status == AgreementStatus.Offered) {
            if (block.timestamp <= agreement.sinceSeconds) _onlyOwnerOrSteward(file, terms);
        } else {
            _onlyOwnerOrSteward(file, terms);
            _atRest(file, holder);
            uint256 held = _standing[file].held;
            if (msg.sender != _standing[file].owner && held <= terms.replicasMin) {
                revert ReplicaBound(held, terms.replicasMin);
            }
            _settle(file, holder, StorageRules.periodsDue(agreement, _setup.periodSeconds) + 1);
        }
        _end(file, holder);
    }

    /* PROOFS */

    /// @inheritdoc IStorageRegistry
    function challenge(bytes32 file, address holder) external nonReentrant {
        Agreement storage agreement = _atRest(file, holder);
        if (block.number < agreement.drawBlock) revert TooEarly(agreement.drawBlock);
        uint64 drawBlock = uint64(block.number) + _setup.drawDelayBlocks;
        (agreement.challenger, agreement.drawBlock) = (msg.sender, drawBlock);
        if (_setup.challengeFee != 0) _fees[file][holder] = StakeToken.take(_setup.token, _setup.challengeFee);
        emit Challenged(file, holder, msg.sender, drawBlock);
    }

    /// @inheritdoc IStorageRegistry
    function answer(bytes32 file, ChunkProof[] calldata proofs) external nonReentrant {
        Agreement storage agreement = _agreements[file][msg.sender];
        uint256[] memory indexes = _drawn(file, msg.sender, agreement);
        FileTerms storage terms = _terms[file];
        (bytes32 root, uint256 sizeBytes) = (terms.chunkRoot, terms.sizeBytes);
        for (uint256 i = 0; i < indexes.length; ++i) {
            if (i >= proofs.length || !ChunkTree.holds(root, sizeBytes, indexes[i], proofs[i].chunk, proofs[i].path)) {
                revert WrongProof(i, indexes[i]);
            }
        }
        if (proofs.length > indexes.length) revert WrongProof(indexes.length, 0);
        (agreement.challenger, agreement.drawBlock) = (address(0), uint64(block.number) + _setup.restBlocks);
        emit Answered(file, msg.sender);
        _credit(msg.sender, _takeFee(file, msg.sender));
    }

    /// @inheritdoc IStorageRegistry
    function convict(bytes32 file, address holder) external nonReentrant {
        Agreement storage agreement = _agreements[file][holder];
        address challenger = agreement.challenger;
        if (challenger == address(0)) revert NoChallenge(file, holder);
        uint256 last = uint256(agreement.drawBlock) + _setup.answerBlocks;
        if (block.number <= last) revert TooEarly(last + 1);
        uint256 locked = agreement.locked;
        uint256 toChallenger = locked * _setup.challengerBps / StorageRules.BPS;
        _holder[holder].bond -= locked;
        emit Convicted(file, holder, challenger, locked - toChallenger, toChallenger);
        _credit(_standing[file].owner, locked - toChallenger);
        _credit(challenger, toChallenger + _takeFee(file, holder));
        _end(file, holder);
    }

    /* CREDIT */

    /// @inheritdoc IStorageRegistry
    function withdraw(address to) external nonReentrant returns (uint256 amount) {
        amount = owed[msg.sender];
        if (amount == 0) revert NothingDue();
        owed[msg.sender] = 0;
        emit Withdrawn(msg.sender, to, amount);
        StakeToken.pay(_setup.token, to, amount);
    }

    /* READS */

    /// @inheritdoc IStorageRegistry
    function setup() external view returns (RegistrySetup memory) {
        return _setup;
    }

    /// @inheritdoc IStorageRegistry
    function termsOf(bytes32 file) external view returns (FileTerms memory) {
        return _terms[file];
    }

    /// @inheritdoc IStorageRegistry
    function standingOf(bytes32 file) external view returns (FileStanding memory) {
        return _standing[file];
    }

    /// @inheritdoc IStorageRegistry
    function holderOf(address account) external view returns (Holder memory) {
        return _holder[account];
    }

    /// @inheritdoc IStorageRegistry
    function agreementOf(bytes32 file, address holder) external view returns (Agreement memory) {
        return _agreements[file][holder];
    }

    /// @inheritdoc IStorageRegistry
    function holdersOf(bytes32 file) external view returns (address[] memory) {
        return _holders[file];
    }

    /// @inheritdoc IStorageRegistry
    function drawnChunks(bytes32 file, address holder) external view returns (uint256[] memory) {
        return _drawn(file, holder, _agreements[file][holder]);
    }

    /// @inheritdoc IStorageRegistry
    function idOf(address owner, bytes32 contentDigest) public pure returns (bytes32) {
        return keccak256(abi.encode(owner, contentDigest));
    }

    /* INTERNALS */

    /// @dev Reverts outside the window in which the drawing block's hash is known and an answer counts.
    function _drawn(bytes32 file, address holder, Agreement storage agreement)
        private
        view
        returns (uint256[] memory indexes)
    {
        if (agreement.challenger == address(0)) revert NoChallenge(file, holder);
        uint256 drawBlock = agreement.drawBlock;
        if (block.number <= drawBlock) revert TooEarly(drawBlock + 1);
        if (block.number > drawBlock + _setup.answerBlocks) revert TooLate(drawBlock + _setup.answerBlocks);
        indexes = new uint256[](_setup.samples);
        for (uint256 i = 0; i < indexes.length; ++i) {
            indexes[i] = StorageRules.drawn(blockhash(drawBlock), file, holder, i, _terms[file].sizeBytes);
        }
    }

    /// @dev An agreement that is held and has no open challenge.
    function _atRest(bytes32 file, address holder) private view returns (Agreement storage agreement) {
        agreement = _agreements[file][holder];
        AgreementStatus status = agreement.status;
        if (status != AgreementStatus.Held && status != AgreementStatus.Leaving) {
            revert WrongStatus(file, holder, status);
        }
        if (agreement.challenger != address(0)) revert ChallengeOpen(file, holder);
    }

    /// @dev Pays periods of rent as the agreement ends, as far as the fund reaches.
    function _settle(bytes32 file, address holder, uint256 periods) private {
        uint256 amount = periods * _agreements[file][holder].rent;
        uint256 available = _standing[file].fund;
        if (amount > available) amount = available;
        if (amount != 0) _payRent(file, holder, periods, amount);
    }

    function _payRent(bytes32 file, address holder, uint256 periods, uint256 amount) private {
        _standing[file].fund -= amount;
        emit RentPaid(file, holder, periods, amount);
        _credit(holder, amount);
    }

    /// @dev Forgets an agreement or an offer, and frees what it held of its holder. At most 16 turns.
    function _end(bytes32 file, address holder) private {
        Agreement memory agreement = _agreements[file][holder];
        if (agreement.status != AgreementStatus.Offered) {
            _holder[holder].locked -= agreement.locked;
            _holder[holder].usedBytes -= _terms[file].sizeBytes;
            --_standing[file].held;
        }
        --_standing[file].agreements;
        delete _agreements[file][holder];
        address[] storage holders = _holders[file];
        uint256 last = holders.length - 1;
        for (uint256 i = 0; i < last; ++i) {
            if (holders[i] == holder) {
                holders[i] = holders[last];
                break;
            }
        }
        holders.pop();
        emit Ended(file, holder);
    }

    function _takeFee(bytes32 file, address holder) private returns (uint256 fee) {
        fee = _fees[file][holder];
        if (fee != 0) _fees[file][holder] = 0;
    }

    function _credit(address account, uint256 amount) private {
        if (amount == 0) return;
        owed[account] += amount;
        emit Credited(account, amount);
    }

    function _owner(bytes32 file) private view returns (address owner) {
        owner = _standing[file].owner;
        if (owner == address(0)) revert FileUnknown(file);
    }

    function _onlyOwnerOrSteward(bytes32 file, FileTerms storage terms) private view {
        if (msg.sender != _owner(file) && msg.sender != terms.steward) revert NotAllowed(msg.sender);
    }
}
