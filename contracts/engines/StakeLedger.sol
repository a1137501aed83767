// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IERC165} from "@openzeppelin/contracts/utils/introspection/IERC165.sol";
import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {ReentrancyGuardTransient} from "solady/src/utils/ReentrancyGuardTransient.sol";

import {IConsensusLedger, OpeningPhi} from "../interfaces/IConsensusLedger.sol";
import {IStakeLedger, SlotBlock, StakeSetup} from "../interfaces/IStakeLedger.sol";
import {SignedBlock} from "../libraries/SignedBlock.sol";
import {SlotLottery} from "../libraries/SlotLottery.sol";
import {StakeToken} from "../libraries/StakeToken.sol";
import {AmountByTerm, AmountLeaving, TermAmount} from "../libraries/TermAmount.sol";
import {ConsensusLedger, LedgerSetup} from "./ConsensusLedger.sol";

/// @title StakeLedger
/// @notice See {IStakeLedger}: it states the guarantees.
contract StakeLedger is IStakeLedger, ConsensusLedger, EIP712, ReentrancyGuardTransient {
    using TermAmount for AmountByTerm;
    using TermAmount for AmountLeaving;

    /// @dev A node's hash onion, and the one that takes its place from a term on.
    struct Onion {
        bytes32 tip;
        bytes32 nextTip;
        uint64 nextFromTerm;
    }

    /// @inheritdoc IConsensusLedger
    string public constant ENGINE = "pos";

    bytes32 private constant SLOT_BLOCK_TYPEHASH =
        keccak256("SlotBlock(uint64 round,uint64 slot,uint32 node,bytes32 parent,bytes32 body,bytes32 reveal)");
    /// @dev The part of a slashed stake that goes to who shows the evidence: one in ten.
    uint256 private constant REWARD_DIVISOR = 10;
    /// @dev Where the rest goes: an address that nobody has the key of.
    address private constant NOBODY = 0x000000000000000000000000000000000000dEaD;

    address private immutable TOKEN;
    uint32 private immutable SLOT_SECONDS;
    uint32 private immutable TERM_SLOTS;
    uint32 private immutable EXIT_TERMS;
    uint32 private immutable GRACE_SLOTS;

    /// @inheritdoc IStakeLedger
    mapping(uint256 node => address) public stakerOf;
    /// @inheritdoc IStakeLedger
    mapping(uint256 round => uint256) public slotOf;
    /// @inheritdoc IConsensusLedger
    mapping(uint256 node => uint256) public equivocations;

    mapping(uint256 node => AmountByTerm) private _stake;
    AmountByTerm private _total;
    mapping(uint256 node => AmountLeaving) private _exit;
    mapping(uint256 node => Onion) private _onion;
    mapping(uint256 slot_ => mapping(uint256 node => bool)) private _hasBlock;
    /// @dev All reveals so far; and what it was when the first block of a term came.
    bytes32 private _mix;
    uint256 private _mixTerm;
    mapping(uint256 term => bytes32) private _seed;

    /// @param setup Of the rounds; d of the first counts expected slots for a block, times N.
    /// @param stakes Of slots and stake.
    constructor(LedgerSetup memory setup, StakeSetup memory stakes)
        ConsensusLedger(setup, TermAmount.DELAY_TERMS * stakes.termSlots * stakes.slotSeconds)
        EIP712("StakeLedger", "1")
    {
        if (
            stakes.slotSeconds == 0 || stakes.termSlots == 0 || stakes.exitTerms == 0
                || stakes.graceSlots >= stakes.termSlots
        ) revert InvalidStakeSetup();
        TOKEN = stakes.token;
        SLOT_SECONDS = stakes.slotSeconds;
        TERM_SLOTS = stakes.termSlots;
        EXIT_TERMS = stakes.exitTerms;
        GRACE_SLOTS = stakes.graceSlots;
        slotOf[0] = TermAmount.DELAY_TERMS * stakes.termSlots - 1;
        _mix = keccak256(abi.encode(_rounds[0].blockHash, blockhash(block.number - 1)));
        _seed[0] = _mix;
        emit SeedDrawn(0, _mix);
    }

    /* STAKE */

    /// @inheritdoc IStakeLedger
    function deposit(uint256 node, uint256 amount) external payable nonReentrant {
        address staker = stakerOf[node];
        if (staker == address(0)) {
            staker = ORACLE.miner(node); // reverts where there is no such node
            stakerOf[node] = staker;
        }
        if (msg.sender != staker) revert NotStaker(node, msg.sender, staker);
        if (equivocations[node] != 0) revert NodeSlashed(node);
        uint256 arrived = StakeToken.take(TOKEN, amount);
        uint256 term = _term();
        _stake[node].add(term, arrived);
        _total.add(term, arrived);
        emit Deposited(node, staker, arrived, term + TermAmount.DELAY_TERMS);
    }

    /// @inheritdoc IStakeLedger
    function commit(uint256 node, bytes32 tip) external {
        _onlyStaker(node);
        uint256 term = _term();
        Onion storage onion = _onion[node];
        if (onion.nextFromTerm != 0 && onion.nextFromTerm <= term) {
            // Else a late block of the term before could reveal of either onion, and so choose between two seeds.
            uint256 fromSlot = uint256(onion.nextFromTerm) * TERM_SLOTS + GRACE_SLOTS;
            if (slot() < fromSlot) revert CommitTooSoon(node, fromSlot);
            onion.tip = onion.nextTip;
        }
        onion.nextTip = tip;
        onion.nextFromTerm = uint64(term + TermAmount.DELAY_TERMS);
        emit TipCommitted(node, tip, term + TermAmount.DELAY_TERMS);
    }

    /// @inheritdoc IStakeLedger
    function exit(uint256 node, uint256 amount) external {
        _onlyStaker(node);
        if (amount == 0) revert StakeToken.WrongAmount(0, 0);
        _beginExit(node, amount);
    }

    /// @inheritdoc IStakeLedger
    function exitRetired(uint256 node) external {
        uint256 amount = _stake[node].latest();
        if (amount == 0 || !ORACLE.isRetired(node)) revert NothingToWithdraw(node);
        _beginExit(node, amount);
    }

    /// @inheritdoc IStakeLedger
    function withdraw(uint256 node) external nonReentrant {
        AmountLeaving memory leaving = _exit[node];
        if (leaving.amount == 0) revert NothingToWithdraw(node);
        uint256 term = _term();
        if (term < leaving.fromTerm) revert ExitNotOver(node, term, leaving.fromTerm);
        delete _exit[node];
        address staker = stakerOf[node];
        emit Withdrawn(node, staker, leaving.amount);
        StakeToken.pay(TOKEN, staker, leaving.amount);
    }

    /* BLOCKS */

    /// @inheritdoc IStakeLedger
    function submitBlock(
        SlotBlock calldata slotBlock,
        bytes calldata body,
        bytes calldata signature,
        OpeningPhi calldata opening_
    ) external {
        Head memory head = _head;
        (uint256 round, uint256 node) = (slotBlock.round, slotBlock.node);
        if (round > head.openRound) revert RoundNotOpen(round, head.openRound);
        if (round < head.openRound) _checkCompeting(round, node);
        bytes32 digest = hashOf(slotBlock);
        SignedBlock.checkSigner(ORACLE, node, digest, signature);
        SignedBlock.checkBody(body, slotBlock.body);
        SignedBlock.checkParent(round, slotBlock.parent, _rounds[round - 1].blockHash);
        uint256 previous = slotOf[round - 1];
        if (slotBlock.slot <= previous) revert SlotNotAdvancing(slotBlock.slot, previous);
        bytes32 seed = _checkDraw(round, node, slotBlock.slot);
        uint256 weight = _checkedWeight(head, round, node, body, opening_);
        _hasBlock[slotBlock.slot][node] = true;
        if (round == head.openRound) {
            slotOf[round] = slotBlock.slot;
            _reveal(node, slotBlock.slot, slotBlock.reveal);
            _win(head, node, seed, digest, slotBlock.body, weight);
        } else {
            _compete(head, round, node, digest, slotBlock.body, weight);
        }
        emit BodyPublished(round, slotBlock.body, body);
    }

    /// @inheritdoc IStakeLedger
    function slash(
        SlotBlock calldata one,
        bytes calldata signatureOfOne,
        SlotBlock calldata other,
        bytes calldata signatureOfOther
    ) external nonReentrant {
        uint256 node = one.node;
        (bytes32 digestOfOne, bytes32 digestOfOther) = (hashOf(one), hashOf(other));
        if (other.node != node || one.slot != other.slot || digestOfOne == digestOfOther) {
            revert SignedBlock.NoEvidence();
        }
        if (equivocations[node] != 0) revert NodeSlashed(node);
        SignedBlock.checkSigner(ORACLE, node, digestOfOne, signatureOfOne);
        SignedBlock.checkSigner(ORACLE, node, digestOfOther, signatureOfOther);
        equivocations[node] = 1;
        uint256 staked = _stake[node].latest();
        uint256 amount = staked + _exit[node].amount;
        delete _exit[node];
        uint256 term = _term();
        _stake[node].take(term, staked);
        _total.take(term, staked);
        uint256 reward = amount / REWARD_DIVISOR;
        emit Slashed(node, one.slot, amount, reward, msg.sender);
        StakeToken.pay(TOKEN, msg.sender, reward);
        StakeToken.pay(TOKEN, NOBODY, amount - reward);
    }

    /* READS */

    /// @inheritdoc IStakeLedger
    function seedOf(uint256 term) external view returns (bytes32) {
        TermAmount.checkTold(term, _term());
        return _seedOf(term);
    }

    /// @inheritdoc IStakeLedger
    function stakeOf(uint256 node, uint256 term) external view returns (uint256) {
        TermAmount.checkTold(term, _term());
        return _stake[node].during(term);
    }

    /// @inheritdoc IStakeLedger
    function totalStake(uint256 term) external view returns (uint256) {
        TermAmount.checkTold(term, _term());
        return _total.during(term);
    }

    /// @inheritdoc IStakeLedger
    function exitOf(uint256 node) external view returns (uint256 amount, uint256 fromTerm) {
        return (_exit[node].amount, _exit[node].fromTerm);
    }

    /// @inheritdoc IStakeLedger
    function tipOf(uint256 node) external view returns (bytes32) {
        return _tip(_onion[node], _term());
    }

    /// @inheritdoc IStakeLedger
    function chanceQ128(uint256 node) external view returns (uint256) {
        return _chance(_head.openRound, node, _term());
    }

    /// @inheritdoc IStakeLedger
    function isDrawn(uint256 slot_, uint256 node) external view returns (bool) {
        uint256 term = termOf(slot_);
        TermAmount.checkTold(term, _term());
        return _isDrawn(_head.openRound, node, slot_, _seedOf(term), term);
    }

    /// @inheritdoc IStakeLedger
    function stakeSetup() external view returns (StakeSetup memory) {
        return StakeSetup(TOKEN, SLOT_SECONDS, TERM_SLOTS, EXIT_TERMS, GRACE_SLOTS);
    }

    /// @inheritdoc IERC165
    function supportsInterface(bytes4 id) external pure returns (bool) {
        return id == type(IStakeLedger).interfaceId || id == type(IConsensusLedger).interfaceId
            || id == type(IERC165).interfaceId;
    }

    /// @inheritdoc IStakeLedger
    function slot() public view returns (uint256) {
        return (block.timestamp - DEPLOYED_AT_SECONDS) / SLOT_SECONDS;
    }

    /// @inheritdoc IStakeLedger
    function termOf(uint256 slot_) public view returns (uint256) {
        return slot_ / TERM_SLOTS;
    }

    /// @inheritdoc IStakeLedger
    function hashOf(SlotBlock calldata slotBlock) public view returns (bytes32) {
        return _hashTypedDataV4(
            keccak256(
                abi.encode(
                    SLOT_BLOCK_TYPEHASH,
                    slotBlock.round,
                    slotBlock.slot,
                    slotBlock.node,
                    slotBlock.parent,
                    slotBlock.body,
                    slotBlock.reveal
                )
            )
        );
    }

    /* INTERNAL */

    function _term() private view returns (uint256) {
        return termOf(slot());
    }

    function _onlyStaker(uint256 node) private view {
        if (msg.sender != stakerOf[node]) revert NotStaker(node, msg.sender, stakerOf[node]);
        if (equivocations[node] != 0) revert NodeSlashed(node);
    }

    function _beginExit(uint256 node, uint256 amount) private {
        uint256 term = _term();
        _stake[node].take(term, amount);
        _total.take(term, amount);
        uint256 fromTerm = term + TermAmount.DELAY_TERMS + EXIT_TERMS;
        _exit[node].leaveAt(amount, fromTerm);
        emit ExitBegun(node, amount, fromTerm);
    }

    /// @dev The seed that gave the slot to the node; reverts where it did not, or where the slot is not about now.
    function _checkDraw(uint256 round, uint256 node, uint256 slot_) private view returns (bytes32 seed) {
        uint256 present = slot();
        if (slot_ > present) revert SlotNotYet(slot_, present);
        if (present - slot_ > GRACE_SLOTS) revert SlotTooLate(slot_, present, GRACE_SLOTS);
        if (equivocations[node] != 0) revert NodeSlashed(node);
        if (_hasBlock[slot_][node]) revert NodeHasBlock(round, node);
        uint256 term = termOf(slot_);
        seed = _seedOf(term);
        if (!_isDrawn(round, node, slot_, seed, term)) revert SlotNotWon(slot_, node);
    }

    function _isDrawn(uint256 round, uint256 node, uint256 slot_, bytes32 seed, uint256 term)
        private
        view
        returns (bool)
    {
        return SlotLottery.wins(keccak256(abi.encode(seed, slot_, node)), _chance(round, node, term));
    }

    function _chance(uint256 round, uint256 node, uint256 term) private view returns (uint256) {
        if (equivocations[node] != 0) return 0;
        return SlotLottery.chanceQ128(_rounds[round].difficulty, _stake[node].during(term), _total.during(term));
    }

    /// @dev A term without blocks has the seed of the next that has one: nothing was revealed between.
    function _seedOf(uint256 term) private view returns (bytes32) {
        if (term > _mixTerm) return _mix;
        bytes32 seed = _seed[term];
        return seed == bytes32(0) ? _seed[_mixTerm] : seed;
    }

    function _tip(Onion storage onion, uint256 term) private view returns (bytes32) {
        return onion.nextFromTerm != 0 && onion.nextFromTerm <= term ? onion.nextTip : onion.tip;
    }

    /// @dev Peels a layer of the node's onion into the mix, whose state ahead of a term's first block is its seed.
    function _reveal(uint256 node, uint256 slot_, bytes32 reveal) private {
        uint256 term = termOf(slot_);
        Onion storage onion = _onion[node];
        bytes32 tip = _tip(onion, term);
        if (keccak256(abi.encode(reveal)) != tip) revert WrongReveal(node, reveal, tip);
        if (onion.nextFromTerm != 0 && onion.nextFromTerm <= term) onion.nextFromTerm = 0;
        onion.tip = reveal;
        bytes32 mix = _mix;
        if (term > _mixTerm) {
            _seed[term] = mix;
            _mixTerm = term;
            emit SeedDrawn(term, mix);
        }
        _mix = keccak256(abi.encode(mix, reveal));
    }
}
