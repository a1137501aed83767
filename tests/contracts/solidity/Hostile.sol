// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @dev An account of code that means ill: it calls what it is told to, is a token that takes a fee, and strikes with a
///      call of its own whenever coins come to it or its tokens move.
contract Hostile {
    mapping(address => uint256) public balanceOf;
    uint256 public feeDivisor;
    bool public frozen;
    bytes32 public approvedHash;
    uint256 public strikes;
    bool public struckWell;
    bytes public answer;

    address private _target;
    bytes private _strike;

    receive() external payable {
        _hit();
    }

    function mint(address to, uint256 amount) external {
        balanceOf[to] += amount;
    }

    /// @dev A `divisor`th of what moves is lost; 0 takes no fee.
    function setFee(uint256 divisor) external {
        feeDivisor = divisor;
    }

    /// @dev No tokens move any more.
    function freeze(bool frozen_) external {
        frozen = frozen_;
    }

    /// @dev As a wallet, it says that it signed this hash, and no other.
    function approveHash(bytes32 hash) external {
        approvedHash = hash;
    }

    function isValidSignature(bytes32 hash, bytes calldata) external view returns (bytes4) {
        return hash == approvedHash ? bytes4(0x1626ba7e) : bytes4(0);
    }

    function arm(address target, bytes calldata strike) external {
        (_target, _strike) = (target, strike);
    }

    function act(address target, bytes calldata data) external payable {
        (bool done, bytes memory returned) = target.call{value: msg.value}(data);
        if (!done) {
            assembly ("memory-safe") {
                revert(add(returned, 32), mload(returned))
            }
        }
    }

    function transfer(address to, uint256 amount) external returns (bool) {
        _move(msg.sender, to, amount);
        return true;
    }

    function transferFrom(address from, address to, uint256 amount) external returns (bool) {
        _move(from, to, amount);
        return true;
    }

    function _move(address from, address to, uint256 amount) private {
        require(!frozen, "frozen");
        balanceOf[from] -= amount;
        balanceOf[to] += feeDivisor == 0 ? amount : amount - amount / feeDivisor;
        _hit();
    }

    /// @dev Strikes once; what came of it stays to be read.
    function _hit() private {
        address target = _target;
        if (target == address(0)) return;
        _target = address(0);
        ++strikes;
        (struckWell, answer) = target.call(_strike);
    }
}
