"""docs/scale.md, from what `catalyst bench workers` and `encode` have written, and from docs/gas.md."""

import json
import sys
from pathlib import Path
from typing import Any

from oracle.errors import SettingsError
from oracle.lab.bench.benchmark_page import template
from oracle.lab.bench.encode import NEW, STEADY
from oracle.markdown import wrapped
from oracle.window.texts import MAX_NEW_TEXTS_PER_BLOCK

Document = dict[str, Any]
_PLANNED_TX_PER_S, _PLANNED_NODES = 10_000, 1_000_000
_PAGE_NODES, _CLASSES = 100_000, 1_000  # of rows of docs/gas.md


def page(workers: Document, encode: Document, gas_page: str) -> str:
    """The page."""
    rows = {
        row["path"]: row
        for row in encode["rows"]
        if (row["source"], row["transactions"]) == ("workload", _PLANNED_TX_PER_S)
    }
    decides = {each["nodes"]: each["ms_p50"] for each in encode["decides"]}
    steady, new = rows[STEADY]["ms_p50"], rows[NEW]["ms_p50"]
    page_gas = _cell(gas_page, _PAGE_NODES, "13", at=5)
    report_gas = page_gas * _PLANNED_NODES
    return wrapped(
        template("scale.md.jinja").render(
            cores=workers["cores"],
            texts=workers["texts"],
            workers="\n".join(
                f"| {row['workers']} | {row['count']} | {row['seconds']:.1f} | {row['texts_per_s']:.0f} "
                f"| {row['speed_up']:.2f} |"
                for row in workers["rows"]
            ),
            tx_per_s=f"{_PLANNED_TX_PER_S:,}",
            steady=f"{steady:.0f}",
            steady_load=f"{steady / 1e3:.0%}",
            new=f"{new:.0f}",
            new_load=f"{new / 1e3:.0%}",
            replicas=int(new // 1e3) + 1,
            most_new=MAX_NEW_TEXTS_PER_BLOCK,
            decide=f"{decides[10_000]:.1f}",
            decide_million=f"{decides[_PLANNED_NODES]:.0f}",
            megabytes=f"{300 * _PLANNED_TX_PER_S / 1e6:.0f}",
            parse_limit=f"{1e3 * _PLANNED_TX_PER_S / steady:,.0f}",
            nodes=f"{_PLANNED_NODES:,}",
            page_gas=f"{page_gas:.0f}",
            page_nodes=f"{_PAGE_NODES:,}",
            report_gas=f"{report_gas / 1e6:,.0f}",
            blocks=f"{report_gas / 30e6:.0f}",
            classes=f"{_CLASSES:,}",
            class_gas=f"{_cell(gas_page, _CLASSES, '3', at=4) / 1e3:,.0f}",
        )
        + "\n"
    )


def _cell(gas_page: str, nodes: int, third: str, at: int) -> int:
    """A number of the row of docs/gas.md with so many nodes, none of them unequal, and this in its third cell."""
    for line in gas_page.splitlines():
        cells = [cell.strip().replace("\u00a0", " ") for cell in line.strip("|").split("|")]
        if len(cells) > at and cells[:3] == [f"{nodes:,}".replace(",", " "), "0", third]:
            return int(cells[at].replace(" ", ""))
    raise SettingsError(f"docs/gas.md has no row of {nodes} nodes; run `make bench-gas`")


if __name__ == "__main__":
    *measured, gas = (Path(path).read_text() for path in sys.argv[1:])
    sys.stdout.write(page(json.loads(measured[0]), json.loads(measured[1]), gas))
