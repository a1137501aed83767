"""How a daemon ends once it is told to: cleanly where it can, and within some seconds in any case.

It imports nothing that takes time, so that a daemon can be told to end while it still imports the rest.
"""

import logging
import os
import signal
import threading

log = logging.getLogger(__name__)

END_SECONDS = 5.0
_SAY_SECONDS = 1.0  # for the last line, where nobody may read the log any more


class Ending:
    """The end of one process."""

    def __init__(self) -> None:
        self.told = threading.Event()
        self.started = False  # before that, a signal leaves whatever the start waits for

    def listen(self, *numbers: signal.Signals) -> None:
        """End with exit code 0 on any of these signals from now on."""
        for number in numbers:
            signal.signal(number, self._tell)

    def within_seconds(self, *, exit_code: int) -> None:
        """End the process if it has not ended soon: a thread that waits for a node or computes cannot be stopped.

        This is safe: every entry of the journal is complete, and a step may be cut off anywhere.
        """
        timer = threading.Timer(END_SECONDS, _end, (exit_code,))
        timer.daemon = True
        timer.start()

    def _tell(self, *_: object) -> None:
        self.told.set()
        self.within_seconds(exit_code=0)
        if not self.started:
            raise SystemExit(0)


def _end(exit_code: int) -> None:
    says = "not all ended within %g s; the journal holds what was done, and the next start goes on"
    last = threading.Thread(target=log.warning, args=(says, END_SECONDS), daemon=True)
    last.start()
    last.join(_SAY_SECONDS)
    os._exit(exit_code)
