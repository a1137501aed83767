"""docs/results.md: the figures that matter most, taken out of the pages that measurements write."""

import re
from collections.abc import Iterator
from pathlib import Path

DOCS = Path(__file__).resolve().parent.parent / "docs"


def page() -> str:
    """The whole page."""
    return "".join([*_parts(), *_other_uses()])


def rows(name: str, *columns: str) -> list[dict[str, str]]:
    """Rows of the first table of a page that has these columns.

    Raises:
        ValueError: it has no such table.
    """
    lines = (DOCS / name).read_text().splitlines()
    for number, line in enumerate(lines):
        head = _cells(line)
        if line.startswith("|") and set(columns) <= set(head):
            body = []
            for each in lines[number + 2 :]:
                if not each.startswith("|"):
                    break
                body.append(dict(zip(head, _cells(each), strict=True)))
            return body
    raise ValueError(f"docs/{name} has no table with the columns {', '.join(columns)}")


def row(name: str, *columns: str, **wanted: str) -> dict[str, str]:
    """The first row of such a table in which some columns, by their place, say what is wanted.

    Raises:
        ValueError: there is no such row.
    """
    for each in rows(name, *columns):
        if all(each[columns[int(place.removeprefix("c"))]] == value for place, value in wanted.items()):
            return each
    raise ValueError(f"docs/{name} has no row with {', '.join(wanted.values())}")


def said(name: str, pattern: str) -> str:
    """What a pattern finds in a page, on one line.

    Raises:
        ValueError: it finds nothing.
    """
    found = re.search(pattern, " ".join((DOCS / name).read_text().split()))
    if found is None:
        raise ValueError(f"docs/{name} says nothing like {pattern}")
    return found[1]


def _parts() -> Iterator[str]:
    yield (
        "# Results on one screen\n\n`make reference` takes these figures out of the pages named beside them, which "
        "measurements write. All traffic with announcements is synthetic. p95 is the 95th percentile of the time from "
        "a transaction's arrival to its confirmation, in target intervals T.\n\n## What φ gains\n\n"
    )
    scenario, best, beside, closed = (
        *("scenario", "best classical", "p95 of the policy, beside it"),
        "gap to the clairvoyant closed",
    )
    yield "The policy on [the plant](benchmark.md), at equal capacity; brackets hold 95 % intervals.\n\n"
    yield f"| {scenario} | {best} | {beside} | {closed} |\n| --- | --- | --- | --- |\n"
    for each in rows("benchmark.md", scenario, best, beside, closed):
        yield f"| {each[scenario]} | {each[best]} | {each[beside]} | {each[closed]} |\n"
    mean = row("compare.md", "seed", "p95 off", "p95 feedback", "p95 policy", c0="mean")
    announced = {
        share: row(
            "sensitivity.md", "what is changed", "to", "change by text", c0="announced share of crowds", c1=share
        )
        for share in ("80%", "0%")
    }
    real = row("real.md", "window", "mean", "99.9th percentile", "most", c0="every block like it")
    yield "\n| question | answer | where |\n| --- | --- | --- |\n"
    yield (
        f"| p95 of whole networks: φ off, by feedback, by the policy | {mean['p95 off']}, {mean['p95 feedback']}, "
        f"{mean['p95 policy']} T (mean of {len(rows('compare.md', 'seed', 'p95 off')) - 1} seeds) | "
        "[Whole networks](compare.md) |\n"
    )
    for share, each in announced.items():
        yield (
            f"| what text changes in p95 if {share.replace('%', ' %')} of the crowds are announced | "
            f"{each['change by text']} | [Other traffic](sensitivity.md) |\n"
        )
    yield (
        f"| what text adds to φ on recorded mainnet blocks, at most | {real['most']} | [Recorded blocks](real.md) |\n"
        "\n## What it costs, and what it stands\n\n| question | answer | where |\n| --- | --- | --- |\n"
    )
    for nodes in ("100", "10 000"):
        gas = row("gas.md", "nodes", "unequal", "signatures", "later", "over its floor", c0=nodes, c1="0", c2="3")
        yield (
            f"| gas of a report for {nodes} nodes, 3 signatures | {gas['later']}, {gas['over its floor']} times the "
            "floor | [Gas](gas.md) |\n"
        )
    faults = row("reliability.md", "scenario", "expected", "applied", "doubled", "lost", c0="all but the control")
    yield (
        f"| reports of committees under faults: expected, applied, doubled, lost | {faults['expected']}, "
        f"{faults['applied']}, {faults['doubled']}, {faults['lost']} | [Reliability](reliability.md) |\n"
        "| from the settled block to the report's transaction | "
        f"{said('reliability.md', r'in the pool ([0-9.]+ s in the median, [0-9.]+ s at the 95th percentile)')} | "
        "[Reliability](reliability.md) |\n"
    )
    hold = "from the block (in force)"
    third = row("mining.md", "attacker's hash share", hold, c0="33 %")
    yield (
        f"| share of rounds that 33 % of the hashes win by withholding | {third[hold]} | "
        "[Dishonest mining](mining.md) |\n"
        "| contracts beside a plain model | "
        f"{said('trust.md', r'Controller: ([0-9 ]+ steps, [0-9 ]+ reports applied, [0-9 ]+ calls refused)')}, "
        "no difference | [Trust](trust.md) |\n"
    )


def _cells(line: str) -> list[str]:
    return [cell.strip() for cell in line.strip().strip("|").split("|")]


def _other_uses() -> Iterator[str]:
    """Agreements, routes and files."""
    yield "\n## Agreements, routes, files\n\n| question | answer | where |\n| --- | --- | --- |\n"
    held_out = "wordings held out of both"
    of_readings = ("fields read rightly", "offered", "wrong offers")
    sale = row("plans.md", "reader", "agreements in", *of_readings, c0="the shipped one", c1=held_out)
    yield (
        f"| agreements in {held_out}: fields read rightly, agreements offered, wrong ones | "
        f"{', '.join(sale[each] for each in of_readings)} | [Plans](plans.md) |\n"
    )
    request = row("routes.md", "requests in", "number", *of_readings, c0=held_out)
    yield (
        f"| requests to move tokens in {held_out}: fields read rightly, requests offered, wrong ones of "
        f"{request['number']} | {', '.join(request[each] for each in of_readings)} | [Routes](routes.md) |\n"
    )
    by, in_time = "routes are chosen by", "arrived in time"
    solver, cheapest = (row("routes.md", by, in_time, c0=name)[in_time] for name in ("solver", "cheapest now"))
    yield (
        f"| simulated transfers that arrive in time: by the solver, by the lowest fees now | {solver}; {cheapest} | "
        "[Routes](routes.md) |\n"
    )
    lost = [each["lost"] for each in rows("storage.md", "fault", "files", "lost", "whole again after")]
    yield f"| files lost under each of {len(lost)} faults | {', '.join(lost)} | [Places for files](storage.md) |\n"
    changes = said("storage.md", r"What reading changes, seed by seed, against counts alone: (cost [^\]]*\])")
    yield (
        "| what reading a file changes in the cost of keeping it, in millionths of a token a month, where what is read "
        f"often follows what a file is | {changes} | [Places for files](storage.md) |\n"
    )
