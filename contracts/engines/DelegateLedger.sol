// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {IERC165} from "@openzeppelin/contracts/utils/introspection/IERC165.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {ReentrancyGuardTransient} from "solady/src/utils/ReentrancyGuardTransient.sol";

import {IConsensusLedger, OpeningPhi} from "../interfaces/IConsensusLedger.sol";
import {DelegateSetup, IDelegateLedger, TurnBlock} from "../interfaces/IDelegateLedger.sol";
import {SignedBlock} from "../libraries/SignedBlock.sol";
import {SignedTurns} from "../libraries/SignedTurns.sol";
import {StakeToken} from "../libraries/StakeToken.sol";
import {AmountByTerm, AmountLeaving, TermAmount} from "../libraries/TermAmount.sol";
import {ConsensusLedger, LedgerSetup} from "./ConsensusLedger.sol";

/// @title DelegateLedger
/// @notice See {IDelegateLedger}: it states the guarantees.
contract DelegateLedger is IDelegateLedger, ConsensusLedger, EIP712, ReentrancyGuardTransient {
    using TermAmount for AmountByTerm;
    using TermAmount for AmountLeaving;

    /// @inheritdoc IConsensusLedger
    string public constant ENGINE = "dpos";
    /// @inheritdoc IDelegateLedger
    uint256 public constant MAX_CANDIDATES = 128;

    bytes32 private constant TURN_BLOCK_TYPEHASH =
        keccak256("TurnBlock(uint64 round,uint64 turnSeconds,uint32 node,bytes32 parent,bytes32 body)");
    /// @dev No term: nobody was elected yet.
    uint64 private constant NEVER = type(uint64).max;

    address private immutable TOKEN;
    uint32 private immutable TERM_SECONDS;
    uint32 private immutable DELEGATES;
    uint32 private immutable WINDOW;
    uint32 private immutable MIN_SIGNED;
    uint32 private immutable JAIL_TERMS;

    /// @inheritdoc IConsensusLedger
    mapping(uint256 node => uint256) public equivocations;
    /// @inheritdoc IDelegateLedger
    mapping(address voter => mapping(uint256 node => uint256)) public votesBy;
    /// @inheritdoc IDelegateLedger
    mapping(uint256 node => uint256) public jailedUntil;

    mapping(uint256 node => AmountByTerm) private _votes;
    mapping(address voter => AmountLeaving) private _leaving;
    /// @dev By node, its record of missed turns (see SignedTurns).
    mapping(uint256 node => uint256) private _missed;
    uint32[] private _candidates;
    /// @dev Position of a node among the candidates, plus 1.
    mapping(uint256 node => uint256) private _seat;
    uint32[] private _order;
    uint64 private _electedTerm = NEVER;
    /// @dev When `elect` was called last: turns are counted from there, or from the last win where that came later.
    uint64 private _turnsFromSeconds;
    /// @dev Position of the delegate whose turn comes first from there.
    uint32 private _next;

    /// @param setup Of the rounds; d of the first counts seconds of a turn, times N.
    /// @param turns Of votes and turns.
    constructor(LedgerSetup memory setup, DelegateSetup memory turns)
        ConsensusLedger(setup, TermAmount.DELAY_TERMS * turns.termSeconds)
        EIP712("DelegateLedger", "1")
    {
        if (
            turns.termSeconds == 0 || turns.delegates == 0 || turns.delegates > MAX_CANDIDATES
                || turns.signedBlocksWindow == 0 || turns.signedBlocksWindow > 256
                || turns.minSignedPerWindow > turns.signedBlocksWindow || turns.jailTerms == 0
        ) revert InvalidDelegateSetup();
        TOKEN = turns.token;
        TERM_SECONDS = turns.termSeconds;
        DELEGATES = turns.delegates;
        WINDOW = turns.signedBlocksWindow;
        MIN_SIGNED = turns.minSignedPerWindow;
        JAIL_TERMS = turns.jailTerms;
    }

    /* VOTES */

    /// @inheritdoc IDelegateLedger
    function vote(uint256 node, uint256 amount) external payable nonReentrant {
        ORACLE.miner(node); // reverts where there is no such node
        uint256 arrived = StakeToken.take(TOKEN, amount);
        uint256 present = term();
        votesBy[msg.sender][node] += arrived;
        _votes[node].add(present, arrived);
        emit Voted(msg.sender, node, arrived, present + TermAmount.DELAY_TERMS);
    }

    /// @inheritdoc IDelegateLedger
    function unvote(uint256 node, uint256 amount) external {
        uint256 present = term();
        _takeVotes(node, amount, present);
        uint256 fromTerm = present + TermAmount.DELAY_TERMS;
        _leaving[msg.sender].leaveAt(amount, fromTerm);
        emit Unvoted(msg.sender, node, amount, fromTerm);
    }

    /// @inheritdoc IDelegateLedger
    function move(uint256 from, uint256 to, uint256 amount) external {
        ORACLE.miner(to); // reverts where there is no such node
        uint256 present = term();
        _takeVotes(from, amount, present);
        votesBy[msg.sender][to] += amount;
        _votes[to].add(present, amount);
        uint256 fromTerm = present + TermAmount.DELAY_TERMS;
        emit Unvoted(msg.sender, from, amount, fromTerm);
        emit Voted(msg.sender, to, amount, fromTerm);
    }

    /// @inheritdoc IDelegateLedger
    function withdraw() external nonReentrant {
        AmountLeaving memory out = _leaving[msg.sender];
        if (out.amount == 0) revert NothingToWithdraw(msg.sender);
        if (term() < out.fromTerm) revert VotesStillCount(term(), out.fromTerm);
        delete _leaving[msg.sender];
        emit Withdrawn(msg.sender, out.amount);
        StakeToken.pay(TOKEN, msg.sender, out.amount);
    }

    /* DELEGATES */

    /// @inheritdoc IDelegateLedger
    function stand(uint256 node, uint256 other) external {
        _onlyKeyOf(node);
        if (equivocations[node] != 0) revert NodeBarred(node);
        if (_seat[node] != 0) revert StandsAlready(node);
        uint256 count = _candidates.length;
        if (count < MAX_CANDIDATES) {
            _candidates.push(uint32(node));
            _seat[node] = count + 1;
        } else {
            uint256 seat = _seat[other];
            // Votes of an earlier term that still stand: else one stake would move on and unseat many in one call.
            uint256 votes = Math.min(_votes[node].during(term() + 1), _votes[node].latest());
            if (seat == 0 || _votes[other].latest() >= votes) revert CannotReplace(node, other);
            _candidates[seat - 1] = uint32(node);
            _seat[node] = seat;
            delete _seat[other];
            emit Unseated(other);
        }
        emit Stood(node);
    }

    /// @inheritdoc IDelegateLedger
    function elect() external {
        uint256 present = term();
        if (_electedTerm != NEVER && present <= _electedTerm) revert TermHasDelegates(present);
        if (_order.length != 0) {
            (uint256 turns,) = _turns(block.timestamp);
            if (turns > 1) _passTurns(turns - 1, false);
        }
        if (!_elect(present)) revert NoDelegates();
        _turnsFromSeconds = uint64(block.timestamp);
    }

    /// @inheritdoc IDelegateLedger
    function release(uint256 node) external {
        _onlyKeyOf(node);
        uint256 until = jailedUntil[node];
        if (until == 0 || term() < until) revert CannotRelease(node, term(), until);
        delete jailedUntil[node];
        delete _missed[node];
        emit Released(node);
    }

    /// @inheritdoc IDelegateLedger
    function bar(
        TurnBlock calldata one,
        bytes calldata signatureOfOne,
        TurnBlock calldata other,
        bytes calldata signatureOfOther
    ) external {
        uint256 node = one.node;
        (bytes32 digestOfOne, bytes32 digestOfOther) = (hashOf(one), hashOf(other));
        if (other.node != node || one.turnSeconds != other.turnSeconds || digestOfOne == digestOfOther) {
            revert SignedBlock.NoEvidence();
        }
        if (equivocations[node] != 0) revert NodeBarred(node);
        SignedBlock.checkSigner(ORACLE, node, digestOfOne, signatureOfOne);
        SignedBlock.checkSigner(ORACLE, node, digestOfOther, signatureOfOther);
        equivocations[node] = 1;
        emit Barred(node, one.turnSeconds, msg.sender);
    }

    /* BLOCKS */

    /// @inheritdoc IDelegateLedger
    function submitBlock(
        TurnBlock calldata turnBlock,
        bytes calldata body,
        bytes calldata signature,
        OpeningPhi calldata opening_
    ) external {
        Head memory head = _head;
        (uint256 round, uint256 node) = (turnBlock.round, turnBlock.node);
        if (round > head.openRound) revert RoundNotOpen(round, head.openRound);
        if (round < head.openRound) revert RoundWasWon(round);
        uint256 turns = _checkTurn(turnBlock.turnSeconds, node);
        bytes32 digest = hashOf(turnBlock);
        SignedBlock.checkSigner(ORACLE, node, digest, signature);
        SignedBlock.checkBody(body, turnBlock.body);
        SignedBlock.checkParent(round, turnBlock.parent, _rounds[round - 1].blockHash);
        uint256 weight = _checkedWeight(head, round, node, body, opening_);
        _passTurns(turns - 1, true);
        _win(head, node, bytes32(uint256(turnBlock.turnSeconds)), digest, turnBlock.body, weight);
        emit BodyPublished(round, turnBlock.body, body);
        uint256 present = term();
        if (present > _electedTerm) _elect(present);
    }

    /* READS */

    /// @inheritdoc IDelegateLedger
    function turnAt(uint256 timestampSeconds) external view returns (uint256 turnSeconds, uint256 node) {
        uint256 turns;
        (turns, turnSeconds) = _turns(timestampSeconds);
        if (turns != 0 && _order.length != 0) node = _order[(_next + turns - 1) % _order.length];
        else turnSeconds = 0;
    }

    /// @inheritdoc IDelegateLedger
    function delegates() external view returns (uint32[] memory order, uint256 next) {
        return (_order, _next);
    }

    /// @inheritdoc IDelegateLedger
    function candidates() external view returns (uint32[] memory) {
        return _candidates;
    }

    /// @inheritdoc IDelegateLedger
    function votesOf(uint256 node, uint256 term_) external view returns (uint256) {
        TermAmount.checkTold(term_, term());
        return _votes[node].during(term_);
    }

    /// @inheritdoc IDelegateLedger
    function leaving(address voter) external view returns (uint256 amount, uint256 fromTerm) {
        return (_leaving[voter].amount, _leaving[voter].fromTerm);
    }

    /// @inheritdoc IDelegateLedger
    function missedTurns(uint256 node) external view returns (uint256) {
        return SignedTurns.missedTurns(_missed[node]);
    }

    /// @inheritdoc IDelegateLedger
    function delegateSetup() external view returns (DelegateSetup memory) {
        return DelegateSetup(TOKEN, TERM_SECONDS, DELEGATES, WINDOW, MIN_SIGNED, JAIL_TERMS);
    }

    /// @inheritdoc IERC165
    function supportsInterface(bytes4 id) external pure returns (bool) {
        return id == type(IDelegateLedger).interfaceId || id == type(IConsensusLedger).interfaceId
            || id == type(IERC165).interfaceId;
    }

    /// @inheritdoc IDelegateLedger
    function term() public view returns (uint256) {
        return (block.timestamp - DEPLOYED_AT_SECONDS) / TERM_SECONDS;
    }

    /// @inheritdoc IDelegateLedger
    function hashOf(TurnBlock calldata turnBlock) public view returns (bytes32) {
        return _hashTypedDataV4(
            keccak256(
                abi.encode(
                    TURN_BLOCK_TYPEHASH,
                    turnBlock.round,
                    turnBlock.turnSeconds,
                    turnBlock.node,
                    turnBlock.parent,
                    turnBlock.body
                )
            )
        );
    }

    /* INTERNAL */

    function _onlyKeyOf(uint256 node) private view {
        address key = ORACLE.miner(node);
        if (msg.sender != key) revert NotKeyOf(node, msg.sender, key);
    }

    function _takeVotes(uint256 node, uint256 amount, uint256 present) private {
        uint256 has = votesBy[msg.sender][node];
        if (amount == 0) revert StakeToken.WrongAmount(0, 0);
        if (amount > has) revert NotSoManyVotes(msg.sender, node, amount, has);
        votesBy[msg.sender][node] = has - amount;
        _votes[node].take(present, amount);
    }

    /// @dev How many turns have begun by a time, and when the last of them did.
    function _turns(uint256 timestampSeconds) private view returns (uint256 turns, uint256 lastSeconds) {
        uint256 from = Math.max(_turnsFromSeconds, _rounds[_head.openRound - 1].timestampSeconds);
        if (timestampSeconds <= from) return (0, 0);
        uint256 p = _rounds[_head.openRound].difficulty;
        turns = (timestampSeconds - from) / p;
        lastSeconds = from + turns * p;
    }

    /// @dev How many turns have begun, that of the block included; reverts where it is not the node's.
    function _checkTurn(uint256 turnSeconds, uint256 node) private view returns (uint256 turns) {
        if (_order.length == 0) revert NoDelegates();
        if (equivocations[node] != 0) revert NodeBarred(node);
        uint256 lastSeconds;
        (turns, lastSeconds) = _turns(block.timestamp);
        if (turns == 0 || turnSeconds != lastSeconds) revert NotInTurn(turnSeconds, turns == 0 ? 0 : lastSeconds);
        uint256 delegate = _order[(_next + turns - 1) % _order.length];
        if (delegate != node) revert NotItsTurn(node, delegate);
    }

    /// @dev Counts turns that passed without a block, then one with a block where `made`; jails who missed too many.
    ///      A lap that all missed says nothing of one of them, so it is counted of none.
    function _passTurns(uint256 passed, bool made) private {
        uint32[] memory order = _order;
        uint256 count = order.length;
        uint256 next = _next;
        uint256 missed = passed % count;
        uint256 jailed = 0;
        for (uint256 i = 0; i < missed; ++i) {
            uint256 position = (next + i) % count;
            uint256 node = order[position];
            uint256 record = SignedTurns.after_(_missed[node], true, WINDOW);
            _missed[node] = record;
            emit TurnMissed(node);
            if (SignedTurns.missedTurns(record) > WINDOW - MIN_SIGNED) {
                jailedUntil[node] = term() + JAIL_TERMS;
                jailed |= 1 << position;
                emit Jailed(node, term() + JAIL_TERMS);
            }
        }
        next = (next + missed) % count;
        if (made) {
            uint256 maker = order[next];
            _missed[maker] = SignedTurns.after_(_missed[maker], false, WINDOW);
            next = (next + 1) % count;
        }
        _next = uint32(jailed == 0 ? next : _removeJailed(order, jailed, next));
    }

    /// @dev Takes jailed delegates out of the order, which else stays; the position of who is next.
    function _removeJailed(uint32[] memory order, uint256 jailed, uint256 next) private returns (uint256 moved) {
        uint256 kept = 0;
        for (uint256 position = 0; position < order.length; ++position) {
            if (position == next) moved = kept;
            if (jailed >> position & 1 == 0) {
                order[kept] = order[position];
                ++kept;
            }
        }
        assembly ("memory-safe") {
            mstore(order, kept)
        }
        _order = order;
        if (moved == kept) moved = 0;
    }

    /// @dev Elects the delegates of a term; whether there are any. Where there are none, those before go on.
    function _elect(uint256 present) private returns (bool) {
        uint32[] memory standing = _candidates;
        // Votes and node in one word, so that the larger has more votes, or the lower index of equals.
        uint256[] memory best = new uint256[](DELEGATES);
        uint256 count = 0;
        for (uint256 i = 0; i < standing.length; ++i) {
            uint256 node = standing[i];
            uint256 votes = _votes[node].during(present);
            if (votes == 0 || jailedUntil[node] != 0 || equivocations[node] != 0 || ORACLE.isRetired(node)) continue;
            uint256 key = (votes << 32) | (type(uint32).max - node);
            if (count == best.length && key <= best[count - 1]) continue;
            if (count < best.length) ++count;
            uint256 rank = count - 1;
            for (; rank != 0 && best[rank - 1] < key; --rank) {
                best[rank] = best[rank - 1];
            }
            best[rank] = key;
        }
        if (count == 0) return false;
        uint32[] memory order = new uint32[](count);
        for (uint256 i = 0; i < count; ++i) {
            order[i] = uint32(type(uint32).max - uint32(best[i]));
        }
        _shuffle(
            order, keccak256(abi.encode(_rounds[_head.openRound - 1].blockHash, present, blockhash(block.number - 1)))
        );
        _order = order;
        _next = 0;
        _electedTerm = uint64(present);
        emit Elected(present, order);
        return true;
    }

    /// @dev Fisher and Yates; a draw of 256 bits modulo at most 128 is even to 2⁻²⁴⁹.
    function _shuffle(uint32[] memory order, bytes32 seed) private pure {
        for (uint256 i = order.length - 1; i != 0; --i) {
            uint256 j = uint256(keccak256(abi.encode(seed, i))) % (i + 1);
            (order[i], order[j]) = (order[j], order[i]);
        }
    }
}
