"""What the words of blocks say together: what small talk may be taken for counts against nothing."""

import numpy as np

from oracle.control.evidence import MISREAD, beyond_misreading


def test_as_much_as_small_talk_may_be_misread_calls_off_nothing() -> None:
    worded = np.array([1.0, 0.4, 0.02, 0.0])
    assert (beyond_misreading(MISREAD * worded, worded) == 0).all()


def test_what_is_beyond_it_counts() -> None:
    # A hundredth calls off among words of as little weight: all but a little counts.
    assert beyond_misreading(np.array([0.01]), np.array([0.02]))[0] > 0.008
    assert beyond_misreading(np.array([0.2]), np.array([1.0]))[0] > 0.14
