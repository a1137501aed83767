"""What `catalyst route faults` does."""

import json
import tempfile
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict
from functools import partial
from multiprocessing import get_context
from pathlib import Path

from oracle.errors import FormulaMismatch
from oracle.lab.routes.faults import CUT, KINDS, Part, Row, measure_faults
from oracle.lab.routes.world import opened_world
from oracle.output import write_whole


def run_faults(json_file: Path | None, say: Callable[[str], None], *, every: int) -> None:
    """Play all faults, in processes and worlds that each play a part, and write what came of them.

    Args:
        json_file: For the rows; None to write none.
        say: Gets a line for the whole.
        every: Of the moments at which processes end, each so-many-th is played.

    Raises:
        FormulaMismatch: something was lost, or paid twice.
        WriteFailed: the file cannot be written.
    """
    parts = [(kind, part) for part in Part for kind in KINDS]
    with ProcessPoolExecutor(len(parts), mp_context=get_context("spawn")) as pool:
        rows = [row for rows in pool.map(partial(play, every=every), parts) for row in rows]
    if json_file is not None:
        write_whole(json_file, json.dumps([asdict(row) for row in rows], indent=1) + "\n")
    lost, twice = sum(row.lost for row in rows), sum(row.twice for row in rows)
    say(f"{sum(row.runs for row in rows)} runs: {lost} units lost, {twice} units paid twice")
    if lost or twice:
        raise FormulaMismatch(f"{lost} units were lost and {twice} paid twice; see the rows that are not 0")


def play(what: tuple[str, Part], *, every: int) -> list[Row]:
    """A part of the faults of one kind of bridge, told line by line on the standard output."""
    kind, part = what
    with opened_world(cuttable=CUT) as world, tempfile.TemporaryDirectory() as folder:
        return measure_faults(world, Path(folder), partial(print, flush=True), kind, part, every=every)
