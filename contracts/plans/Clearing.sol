// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {ReentrancyGuardTransient} from "solady/src/utils/ReentrancyGuardTransient.sol";
import {SafeTransferLib} from "solady/src/utils/SafeTransferLib.sol";
import {SignatureCheckerLib} from "solady/src/utils/SignatureCheckerLib.sol";

import {ClearingRound, IClearing, Obligation, Statement} from "../interfaces/IClearing.sol";

/// @title Clearing
/// @notice See {IClearing}: it states the guarantees.
contract Clearing is IClearing, EIP712, ReentrancyGuardTransient {
    bytes32 private constant ROUND_TYPEHASH = keccak256(
        "ClearingRound(address token,address[] parties,uint64 settleBySeconds,bytes32 termsHash,bytes32 modelHash,"
        "uint256 salt)"
    );
    bytes32 private constant OBLIGATION_TYPEHASH = keccak256("Obligation(uint16 creditor,uint128 amount)");
    bytes32 private constant STATEMENT_TYPEHASH = keccak256(
        "Statement(bytes32 round,uint16 party,Obligation[] owes,int256 net)Obligation(uint16 creditor,uint128 amount)"
    );
    uint256 private constant MAX_PARTIES = 1_000;

    /// @inheritdoc IClearing
    mapping(bytes32 round => uint256) public settledAtSeconds;
    /// @inheritdoc IClearing
    mapping(address token => mapping(address account => uint256)) public owed;

    constructor() EIP712("Clearing", "1") {}

    /// @inheritdoc IClearing
    function settle(ClearingRound calldata content, Statement[] calldata statements) external nonReentrant {
        _check(content, statements.length);
        bytes32 round = idOf(content);
        if (settledAtSeconds[round] != 0) revert AlreadySettled(round);
        if (block.timestamp > content.settleBySeconds) revert TooLate(content.settleBySeconds);
        settledAtSeconds[round] = block.timestamp;

        int256[] memory nets = new int256[](statements.length);
        uint256 count = 0;
        uint256 gross = 0;
        for (uint256 i = 0; i < statements.length; ++i) {
            gross += _read(content, round, i, statements[i], nets);
            count += statements[i].owes.length;
        }
        uint256 moved = 0;
        for (uint256 i = 0; i < nets.length; ++i) {
            if (nets[i] != statements[i].net) revert WrongNet(i, statements[i].net, nets[i]);
            if (nets[i] > 0) {
                owed[content.token][content.parties[i]] += uint256(nets[i]);
                moved += uint256(nets[i]);
            }
            emit Netted(round, content.parties[i], nets[i]);
        }
        emit Settled(round, content.termsHash, content.modelHash, count, gross, moved);
        for (uint256 i = 0; i < nets.length; ++i) {
            if (nets[i] < 0) _draw(content.token, content.parties[i], i, uint256(-nets[i]));
        }
    }

    /// @inheritdoc IClearing
    function withdraw(address token, address to) external nonReentrant returns (uint256 amount) {
        amount = owed[token][msg.sender];
        if (amount == 0) revert NothingOwed(token, msg.sender);
        owed[token][msg.sender] = 0;
        emit Withdrawn(token, msg.sender, to, amount);
        SafeTransferLib.safeTransfer(token, to, amount);
    }

    /// @inheritdoc IClearing
    function idOf(ClearingRound calldata content) public pure returns (bytes32) {
        return keccak256(
            abi.encode(
                ROUND_TYPEHASH,
                content.token,
                keccak256(abi.encodePacked(content.parties)),
                content.settleBySeconds,
                content.termsHash,
                content.modelHash,
                content.salt
            )
        );
    }

    function _check(ClearingRound calldata content, uint256 statements) private pure {
        uint256 parties = content.parties.length;
        if (parties < 2 || parties > MAX_PARTIES) revert InvalidRound("there must be 2 to 1000 parties");
        if (statements != parties) revert InvalidRound("there must be a statement of each party");
        address last = address(0);
        for (uint256 i = 0; i < parties; ++i) {
            if (content.parties[i] <= last) revert InvalidRound("parties must be in ascending order");
            last = content.parties[i];
        }
    }

    /// @dev Checks a statement and adds what it owes to the nets. Returns the sum that it owes.
    function _read(
        ClearingRound calldata content,
        bytes32 round,
        uint256 party,
        Statement calldata statement,
        int256[] memory nets
    ) private view returns (uint256 total) {
        bytes32[] memory hashes = new bytes32[](statement.owes.length);
        for (uint256 i = 0; i < hashes.length; ++i) {
            Obligation calldata one = statement.owes[i];
            if (one.creditor >= nets.length || one.creditor == party || one.amount == 0) {
                revert InvalidObligation(party, i);
            }
            hashes[i] = keccak256(abi.encode(OBLIGATION_TYPEHASH, one));
            nets[one.creditor] += int256(uint256(one.amount));
            total += one.amount;
        }
        nets[party] -= int256(total);
        bytes32 digest = _hashTypedDataV4(
            keccak256(abi.encode(STATEMENT_TYPEHASH, round, party, keccak256(abi.encodePacked(hashes)), statement.net))
        );
        if (!SignatureCheckerLib.isValidSignatureNowCalldata(content.parties[party], digest, statement.signature)) {
            revert WrongSignature(party);
        }
    }

    function _draw(address token, address from, uint256 party, uint256 amount) private {
        uint256 before = SafeTransferLib.balanceOf(token, address(this));
        SafeTransferLib.safeTransferFrom(token, from, address(this), amount);
        uint256 arrived = SafeTransferLib.balanceOf(token, address(this)) - before;
        if (arrived != amount) revert WrongPayment(party, arrived, amount);
    }

    /// @dev The EVM of these contracts has transient storage on every chain.
    function _useTransientReentrancyGuardOnlyOnMainnet() internal pure override returns (bool) {
        return false;
    }
}
