"""What every step of a leg needs: the contracts of all chains, and the key that sends."""

from collections.abc import Mapping

from oracle.chain.calls import ContractCalls
from oracle.crossing.bridges import Bridges
from oracle.crossing.outbox import Fate, Outbox
from oracle.crossing.places import Places


class Crossing:
    """All chains with their contracts, for one key."""

    def __init__(self, places: Places, outbox: Outbox, at: Mapping[str, Bridges] | None = None) -> None:
        """All chains for one key.

        Args:
            places: Which there are.
            outbox: Of the key.
            at: Their contracts, where others in this process read the same events.  [default: read by itself]
        """
        self.places, self.outbox = places, outbox
        self.at = at or {name: Bridges(place) for name, place in places.by_name.items()}

    @property
    def me(self) -> str:
        """Address of the key, checksummed."""
        return self.outbox.address

    def send(self, chain: str, purpose: str, contract: ContractCalls, function: str, *arguments: object) -> Fate:
        """See that a call is made once; see `Outbox.send`."""
        return self.outbox.send(self.places[chain], purpose, contract, function, *arguments)

    def allowed(self, chain: str, purpose: str, spender: ContractCalls, amount: int) -> bool:
        """Whether a contract may draw an amount by now; approves it where it may not."""
        bridges = self.at[chain]
        if bridges.allowance(self.me, spender.address) >= amount:
            return True
        fate = self.send(chain, f"{purpose} approve", bridges.token, "approve", spender.address, amount)
        if fate is Fate.PENDING:
            return False
        # Something else has used it up, or it failed: once more.
        if bridges.allowance(self.me, spender.address) < amount:
            self.outbox.retry(self.places[chain], f"{purpose} approve")
            return False
        return True
