"""A lock with two classes of callers, for a node that takes one call at a time."""

import threading
from types import TracebackType


class TurnLock:
    """A re-entrant lock whose first class goes ahead of its second, however many of that wait.

    The oracle's own calls are of the first class (`with lock:`), those on behalf of readers of the second
    (`acquire_second`): the oracle waits for one reader's call at most, the one under way.
    """

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._owner: int | None = None  # the thread that holds it
        self._depth = 0
        self._first_waiting = 0

    def __enter__(self) -> None:
        mine = threading.get_ident()
        with self._changed:
            if self._owner != mine:
                self._first_waiting += 1
                try:
                    self._changed.wait_for(lambda: self._owner is None)
                finally:
                    self._first_waiting -= 1
                self._owner = mine
            self._depth += 1

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.release()

    def acquire_second(self, timeout_seconds: float) -> bool:
        """Take the lock once it is free and no caller of the first class waits; False where that does not come in time.

        A thread that holds it already takes it once more.
        """
        mine = threading.get_ident()
        with self._changed:
            if self._owner != mine:
                free = self._changed.wait_for(
                    lambda: self._owner is None and self._first_waiting == 0, timeout=timeout_seconds
                )
                if not free:
                    return False
                self._owner = mine
            self._depth += 1
            return True

    def release(self) -> None:
        """Give back what was taken once."""
        with self._changed:
            if self._owner != threading.get_ident():
                raise RuntimeError("the lock is released by a thread that does not hold it")
            self._depth -= 1
            if self._depth == 0:
                self._owner = None
                self._changed.notify_all()

    @property
    def first_waiting(self) -> int:
        """Callers of the first class that wait now."""
        with self._changed:
            return self._first_waiting
