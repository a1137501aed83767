"""docs/gas.md, from what `catalyst bench gas` has written."""

import json
import sys
from pathlib import Path
from typing import Any

from oracle.lab.bench.gas_plans import SALE_CALLS, SALES
from oracle.lab.bench.gas_storage import SAMPLES
from oracle.markdown import wrapped

Row = dict[str, Any]
HEAD = """# What a report costs

Written by `make bench-gas`, on Anvil; eth-tester gives the same. All checks are on. A *first* report finds every φ at
0; a *later* one does not. *Unequal* counts the nodes whose θ₀ differs from that of the others. Their θ₀ is drawn from
[0.3, 0.7]; the first of them is at the upper bound on θ, so no lane above 0 suits every node.

The floor is what the transaction's bytes, the storage words that it must write and its signatures cost by themselves:
21 000 + calldata + 5 000 per φ word + 5 000 for one more slot + 3 700 per signature.

Others publish these figures for their systems; they were not measured here. A risk oracle that publishes one parameter
at a time pays about 226 000 gas for each in bulk. An OCR2 transmit of one answer by 7 oracles costs about 100 700 gas.
"""
PAGED = """
## By pages

If φ does not fit one transaction of 2²⁴ gas, a report takes one transaction for each page of 8 192 nodes, and one that
puts all pages in force together. The contract keeps two copies of φ, and each of the first two reports writes one of
them for the first time.
"""
SPARSE = """
## Sparse reports

The same report of 1 000 nodes (63 words), whole, and with only the words that change.
"""
ENGINES = """
## Consensus ledgers

What miners, stakers, voters and delegates call, with {n} nodes, each call a transaction of its own. Bodies name 400
transactions; a block wins its round and opens the next.
"""


PLANS = """
## Agreements

A sale with a carrier on Anvil, each call in a transaction of its own: proposed and joined by three parties with a
permit, received, accepted and paid. Together {first} gas where nobody has dealt with that token or book before, and
{later} after that. Withdrawals come on top.
"""
CLEARING = """
{parties} parties with {obligations} obligations are settled in one transaction of {gas} gas: {payments} payments take
the place of {obligations}, so {saved} are saved.
"""
STORAGE = """
## Keeping files

A file of one owner and a holder on Anvil, each call in a transaction of its own. An answer brings {samples} drawn
chunks of 1 KiB and their Merkle paths; its bytes are most of what it costs, and a larger file adds the paths alone.
"""

ROUTES = """
## Routes

Bridges between chains, each call a transaction of its own, by accounts that have dealt with token and contract before.
A transfer over hash locks takes two locks and two claims; one over a pool takes open, fill, claim, finalize and
withdraw, or open, fill, decide and withdraw.
"""


def page(measured: dict[str, Any]) -> str:
    """The page."""
    of_anvil = [row for row in measured["rows"] if row["chain"] == "anvil"]
    reports = _table(
        ("nodes", "unequal", "signatures", "first", "later", "later, a node", "over its floor"),
        [(*_cells(row, "n", "unequal", "k", "cold_gas", "warm_gas"), f"{row['ratio']:.3f}") for row in of_anvil],
    )
    paged = _table(
        ("nodes", "unequal", "pages", "first two, the dearer", "later", "later, a node", "dearest transaction"),
        [_cells(row, "n", "unequal", "pages", "cold_gas", "warm_gas", "largest_gas") for row in measured["paged"]],
    )
    sparse = _table(
        ("words that change", "whole", "sparse"),
        [_cells(row, "changed_words", "full_gas", "sparse_gas") for row in measured["sparse"]],
    )
    engines = _table(
        ("engine", "contract", "call", "gas"),
        [_cells(row, "engine", "contract", "call", "gas") for row in measured["engines"]],
    )
    of_engines = ENGINES.format(n=measured["engines"][0]["n"])
    plans = _table(("sale", "call", "gas"), [_cells(row, "sale", "call", "gas") for row in measured["plans"]])
    of_plans = PLANS.format(**{sale: _cell(_sale_gas(measured["plans"], sale)) for sale in SALES})
    cleared = CLEARING.format(**{name: _cell(value) for name, value in measured["clearing"].items()})
    routes = _table(("contract", "call", "gas"), [_cells(row, "contract", "call", "gas") for row in measured["routes"]])
    stored = _table(("call", "gas"), [_cells(row, "call", "gas") for row in measured["storage"]])
    of_storage = STORAGE.format(samples=SAMPLES)
    tables = HEAD + reports + PAGED + paged + SPARSE + sparse + of_engines + engines + of_plans + plans + cleared
    tables += ROUTES + routes + of_storage + stored
    return wrapped(tables)


def _sale_gas(rows: list[Row], sale: str) -> int:
    return sum(row["gas"] for row in rows if row["sale"] == sale and row["call"] in SALE_CALLS)


def _cells(row: Row, *names: str) -> tuple[int | str, ...]:
    """Values of a row, with warm gas by node behind warm gas."""
    found: list[int | str] = []
    for name in names:
        found.append(row[name])
        if name == "warm_gas":
            found.append(round(row[name] / row["n"]))
    return tuple(found)


def _table(names: tuple[str, ...], rows: list[tuple[int | str, ...]]) -> str:
    lines = [names, ("---",) * len(names), *([_cell(value) for value in row] for row in rows)]
    return "\n" + "".join(f"| {' | '.join(line)} |\n" for line in lines)


def _cell(value: int | str) -> str:
    return value if isinstance(value, str) else f"{value:,}".replace(",", " ")


if __name__ == "__main__":
    sys.stdout.write(page(json.loads(Path(sys.argv[1]).read_text())))
