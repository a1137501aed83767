"""The lock with two classes of callers."""

import threading

import pytest

from oracle.chain.turns import TurnLock

_PATIENCE_SECONDS = 30


class _Call:
    """A caller in a thread of its own, that notes its name once it holds the lock."""

    def __init__(self, lock: TurnLock, name: str, order: list[str], *, first: bool) -> None:
        self._lock, self._name, self._order = lock, name, order
        self._thread = threading.Thread(target=self._first if first else self._second)
        self._thread.start()

    def _first(self) -> None:
        with self._lock:
            self._order.append(self._name)

    def _second(self) -> None:
        assert self._lock.acquire_second(_PATIENCE_SECONDS)
        self._order.append(self._name)
        self._lock.release()

    def join(self) -> None:
        self._thread.join(_PATIENCE_SECONDS)
        assert not self._thread.is_alive()


def test_the_first_class_goes_ahead_of_all_of_the_second_that_wait() -> None:
    lock, order = TurnLock(), list[str]()
    with lock:
        readers = [_Call(lock, "reader", order, first=False) for _ in range(20)]
        oracle = _Call(lock, "oracle", order, first=True)
        while lock.first_waiting == 0:  # the readers were started before it; whether they wait yet does not matter
            pass
    oracle.join()
    for reader in readers:
        reader.join()
    assert order == ["oracle"] + ["reader"] * 20


def test_the_second_class_waits_no_longer_than_it_says() -> None:
    lock, took = TurnLock(), list[bool]()
    with lock:
        thread = threading.Thread(target=lambda: took.append(lock.acquire_second(0.01)))
        thread.start()
        thread.join(_PATIENCE_SECONDS)
    assert took == [False]
    assert lock.acquire_second(0.01)
    lock.release()


def test_a_thread_may_take_it_again_and_gives_it_back_as_often() -> None:
    lock, took = TurnLock(), list[bool]()
    with lock:
        with lock:
            assert lock.acquire_second(0.0)
            lock.release()
        thread = threading.Thread(target=lambda: took.append(lock.acquire_second(0.0)))
        thread.start()
        thread.join(_PATIENCE_SECONDS)
    assert took == [False]
    with pytest.raises(RuntimeError):
        lock.release()
