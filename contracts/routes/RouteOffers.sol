// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IRouteOffers, Offer} from "../interfaces/IRouteOffers.sol";

/// @title RouteOffers
/// @notice See {IRouteOffers}: it states the guarantees.
contract RouteOffers is IRouteOffers {
    mapping(address provider => mapping(bytes32 key => Offer)) private _offerOf;

    /// @inheritdoc IRouteOffers
    function post(Offer calldata offer) external {
        if (offer.feeBps > 10_000) revert InvalidOffer("the fee is above the whole");
        if (offer.mostAmount != 0 && offer.leastAmount > offer.mostAmount) {
            revert InvalidOffer("the least amount is above the most");
        }
        bytes32 key = keyOf(offer);
        _offerOf[msg.sender][key] = offer;
        emit Posted(msg.sender, key, offer);
    }

    /// @inheritdoc IRouteOffers
    function offerOf(address provider, bytes32 key) external view returns (Offer memory) {
        return _offerOf[provider][key];
    }

    /// @inheritdoc IRouteOffers
    function keyOf(Offer calldata offer) public pure returns (bytes32) {
        return
            keccak256(
                abi.encode(offer.settler, offer.token, offer.targetChainId, offer.targetSettler, offer.targetToken)
            );
    }
}
