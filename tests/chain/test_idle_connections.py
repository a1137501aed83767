"""An interrupt at any step of taking and giving back a connection leaves the pool as one that can be closed."""

import multiprocessing
import sys
import threading
from types import FrameType
from typing import Any

import urllib3

from oracle.chain.idle_connections import kept_without_locks


def _interrupted_at(step: int, pool: urllib3.HTTPConnectionPool) -> bool:
    """Take a connection and give it back, with an interrupt at one step; False where it has fewer."""
    left = step

    def trace(frame: FrameType, event: str, _: Any) -> Any:
        nonlocal left
        frame.f_trace_opcodes = True
        if event == "opcode":
            left -= 1
            if left < 0:
                sys.settrace(None)
                raise KeyboardInterrupt
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        pool._put_conn(pool._get_conn())
    except KeyboardInterrupt:
        return True
    finally:
        sys.settrace(before)
    return False


def _closes(pool: urllib3.HTTPConnectionPool) -> bool:
    closing = threading.Thread(target=pool.close, daemon=True)
    closing.start()
    closing.join(timeout=10)
    return not closing.is_alive()


def _steps_after_which_it_closes() -> int:
    step, going = 0, True
    while going:
        pool = kept_without_locks(urllib3.PoolManager(maxsize=4)).connection_from_url("http://127.0.0.1:1")
        assert isinstance(pool, urllib3.HTTPConnectionPool)
        going = _interrupted_at(step, pool)
        assert _closes(pool), f"after an interrupt at step {step}"
        step += 1
    return step


def test_no_interrupt_keeps_a_pool_from_being_closed() -> None:
    # In a process of its own: some of the steps are those of `logging`, whose lock such an interrupt leaves taken.
    with multiprocessing.get_context("spawn").Pool(1) as process:
        assert process.apply_async(_steps_after_which_it_closes).get(timeout=120) > 50
