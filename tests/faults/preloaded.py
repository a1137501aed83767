"""What the server of forks imports ahead of them: all that an operator's process needs, and the whole of a run.

A fork then imports nothing, and does not look through what it was given whenever it makes garbage: without this, that
takes longer than all else at a start.
"""

import gc

import tests.faults.runs  # noqa: F401 - and all that it imports

gc.collect()
gc.freeze()
