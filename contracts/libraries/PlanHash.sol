// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Frame, Plan, Step} from "../interfaces/IPlanBook.sol";

/// @title PlanHash
/// @notice EIP-712 struct hashes of plans and of what is signed about them. The twin is `oracle/plans/signing.py`.
library PlanHash {
    string private constant PAYMENT_TYPE = "Payment(uint8 payer,uint8 payee,uint128 amount)";
    string private constant STEP_TYPE = "Step(uint8 verb,uint8 actor,uint8 dueFrom,uint64 dueSeconds,uint16 lateDays,"
        "uint128 penaltyPerDay,uint8 penaltyPayer,uint8 penaltyPayee,bool needsEvidence,uint16 witnesses,uint8 quorum,"
        "Payment[] payments,uint8 onDone,uint8 onTimeout,uint8 onRefusal)";
    string private constant PLAN_TYPE = "Plan(bytes32 kind,address[] parties,uint256[] deposits,address token,"
        "uint8 arbiter,uint64 arbiterSeconds,uint64 joinBySeconds,Step[] steps,bytes32 termsHash,bytes32 modelHash,"
        "uint256 salt)";

    bytes32 private constant PAYMENT_TYPEHASH = keccak256(bytes(PAYMENT_TYPE));
    bytes32 private constant STEP_TYPEHASH = keccak256(abi.encodePacked(STEP_TYPE, PAYMENT_TYPE));
    bytes32 private constant PLAN_TYPEHASH = keccak256(abi.encodePacked(PLAN_TYPE, PAYMENT_TYPE, STEP_TYPE));
    bytes32 private constant AMENDMENT_TYPEHASH = keccak256(
        abi.encodePacked("Amendment(bytes32 plan,uint8 step,Plan replacement)", PAYMENT_TYPE, PLAN_TYPE, STEP_TYPE)
    );
    bytes32 private constant ATTESTATION_TYPEHASH = keccak256("Attestation(bytes32 plan,uint8 step,bytes32 evidence)");

    /// @notice The struct hash of a plan, which is its id.
    function idOf(Plan calldata content) internal pure returns (bytes32) {
        bytes32[] memory steps = new bytes32[](content.steps.length);
        for (uint256 i = 0; i < steps.length; ++i) {
            steps[i] = stepHash(content.steps[i]);
        }
        return keccak256(
            abi.encode(
                PLAN_TYPEHASH,
                content.kind,
                keccak256(abi.encodePacked(content.parties)), // arrays are packed by words of 32 bytes
                keccak256(abi.encodePacked(content.deposits)),
                content.token,
                content.arbiter,
                content.arbiterSeconds,
                content.joinBySeconds,
                keccak256(abi.encodePacked(steps)),
                content.termsHash,
                content.modelHash,
                content.salt
            )
        );
    }

    /// @notice The id of the plan of a frame.
    function idOf(Frame calldata frame) internal pure returns (bytes32) {
        return keccak256(
            abi.encode(
                PLAN_TYPEHASH,
                frame.kind,
                keccak256(abi.encodePacked(frame.parties)),
                keccak256(abi.encodePacked(frame.deposits)),
                frame.token,
                frame.arbiter,
                frame.arbiterSeconds,
                frame.joinBySeconds,
                keccak256(abi.encodePacked(frame.steps)),
                frame.termsHash,
                frame.modelHash,
                frame.salt
            )
        );
    }

    /// @notice The struct hash of a step.
    function stepHash(Step calldata step) internal pure returns (bytes32) {
        bytes32[] memory payments = new bytes32[](step.payments.length);
        for (uint256 i = 0; i < payments.length; ++i) {
            // A struct of words alone is encoded as these words.
            payments[i] = keccak256(abi.encode(PAYMENT_TYPEHASH, step.payments[i]));
        }
        return keccak256(
            abi.encode(
                STEP_TYPEHASH,
                step.verb,
                step.actor,
                step.dueFrom,
                step.dueSeconds,
                step.lateDays,
                step.penaltyPerDay,
                step.penaltyPayer,
                step.penaltyPayee,
                step.needsEvidence,
                step.witnesses,
                step.quorum,
                keccak256(abi.encodePacked(payments)),
                step.onDone,
                step.onTimeout,
                step.onRefusal
            )
        );
    }

    /// @notice The struct hash of an amendment of plan `plan`, which stands at `step`, by a plan of id `replacement`.
    function amendment(bytes32 plan, uint8 step, bytes32 replacement) internal pure returns (bytes32) {
        return keccak256(abi.encode(AMENDMENT_TYPEHASH, plan, step, replacement));
    }

    /// @notice The struct hash of a witness's word that `step` was done as `evidence` shows.
    function attestation(bytes32 plan, uint8 step, bytes32 evidence) internal pure returns (bytes32) {
        return keccak256(abi.encode(ATTESTATION_TYPEHASH, plan, step, evidence));
    }
}
