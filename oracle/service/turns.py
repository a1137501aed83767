"""Whether it is this operator's turn to send a report that is due, so that no two send the same one."""

from collections.abc import Collection

from oracle.chain.contracts import Contracts
from oracle.report.due import is_turn, rank
from oracle.service.derive import Derived


class Turns:
    """What one process knows of turns beyond the settled chain: what was undone, and what waits in the pool."""

    def __init__(self, contracts: Contracts, takeover_blocks: int) -> None:
        self._contracts, self._takeover_blocks = contracts, takeover_blocks
        self._seen_epoch = 0  # in force at the last step
        self._undone = 0, 0  # the last epoch that was in force and is not, and the settled block at which that was seen
        self._passed: bytes | None = None  # the digest or transaction for which a step was let pass
        self._coming: tuple[int, int] | None = None  # an epoch that a pending transaction brings, and since when

    def see(self, epoch: int, settled_block: int) -> None:
        """Note the epoch in force, at each step; one below the last was undone by a reorganisation."""
        if epoch < self._seen_epoch:
            self._undone = self._seen_epoch, settled_block
        self._seen_epoch = epoch

    def has_come(self, derived: Derived, held: Collection[int], settled_block: int) -> bool:
        """Whether one of the operators held here, given by index, may send the report now.

        Who takes over lets one step pass first: at the very moment the one before it may be back, and send.
        """
        operators = len(derived.inputs.state.operators)
        due_block = derived.due_block
        if derived.epoch <= self._undone[0]:
            # Its transaction waits in the pool again, most often, or is sent again by who sent it: a block for that.
            due_block = max(due_block, self._undone[1] + 1)
        first = min((rank(index, derived.epoch, operators) for index in held), default=operators)
        if not is_turn(first, due_block=due_block, settled_block=settled_block, takeover_blocks=self._takeover_blocks):
            return False
        return first == 0 or not self._lets_pass(derived.digest)

    def may_send_again(self, epoch: int, held: Collection[int], operators: int, transaction_hash: bytes) -> bool:
        """Whether one's own report, which is not mined yet, may go out again or with a higher bid at this step."""
        first = min((rank(index, epoch, operators) for index in held), default=operators)
        return first == 0 or not self._lets_pass(transaction_hash)

    def _lets_pass(self, what: bytes) -> bool:
        """Every other time, of one thing after the other."""
        self._passed = None if self._passed == what else what
        return self._passed is not None

    def is_coming(self, epoch: int, head: int) -> bool:
        """Whether a transaction that waits in the pool brings an epoch; not for ever, as it may be left out."""
        coming = self._contracts.pending_epoch()
        if coming is None or coming < epoch:
            self._coming = None
            return False
        if self._coming is None or self._coming[0] != epoch:
            self._coming = epoch, head
        return head - self._coming[1] < 2 * self._takeover_blocks
