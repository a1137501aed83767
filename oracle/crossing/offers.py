"""Offers of a provider: to post them, and to find the one that stands."""

from oracle.chain.calls import ContractCalls
from oracle.crossing.bridges import Bridges
from oracle.crossing.observe import Offer, standing_offers


def own_offer(
    here: Bridges, there: Bridges, provider: str, settler: ContractCalls, target_settler: ContractCalls
) -> Offer | None:
    """The offer of a provider between two settlers; None where it has none."""
    wanted = (settler.address.lower(), there.place.chain.chain_id, target_settler.address.lower())
    for (who, _), offer in standing_offers(here).items():
        found = (offer.settler.lower(), offer.target_chain_id, offer.target_settler.lower())
        if who.lower() == provider.lower() and found == wanted:
            return offer
    return None


def fee_of(offer: Offer, amount: int) -> int:
    """What an offer takes of an amount, rounded up."""
    return offer.fee_fixed + -(-amount * offer.fee_bps // 10_000)
