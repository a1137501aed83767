"""A public report: figures of a declared query as JSON, CSV and a page, its hash, and the same computed anew by anyone.

The document is the report; CSV and page show it. All three have one form in bytes for the same figures.

    {"chainId": 1, "query": {…}, "figures": {…}, "firstBlockHash": "0x…", "lastBlockHash": "0x…"}

Where figures are of contracts, `contracts` names them. The hash of the document is the evidence of the step by which an
office attests to it.
"""

import csv
import io
from dataclasses import dataclass
from fractions import Fraction
from importlib import resources
from typing import Any

import jinja2

from oracle.chain.connection import Chain
from oracle.chain.contracts import Addresses
from oracle.records.canonical import canonical, document_hash
from oracle.records.figures import OF_CONTRACTS, Evaluated, QueryInvalid, evaluate, query_of

_WEI_DIGITS = 18  # of a coin
_SHOWN_PLACES = 6
_SHOWN_CHARACTERS = 100
_ORDER = ("chainId", "firstBlockHash", "lastBlockHash", "contracts", "figures")  # in which differences are looked for


@dataclass(frozen=True)
class Row:
    """One value of a report."""

    figure: str
    measure: str
    block: int | None  # None where it is of all blocks
    value: str  # exact

    @property
    def shown(self) -> str:
        """As people read it: a coin in place of its wei, six decimal places in place of a fraction."""
        if self.measure == "wei":
            return f"{_decimal(Fraction(int(self.value), 10**_WEI_DIGITS), _WEI_DIGITS)} coins"
        return _decimal(Fraction(self.value), _SHOWN_PLACES) if "/" in self.value else ""


def document_of(evaluated: Evaluated) -> dict[str, Any]:
    """The report."""
    found: dict[str, Any] = {
        "chainId": evaluated.chain_id,
        "query": evaluated.query.as_json(),
        "figures": evaluated.figures,
        "firstBlockHash": "0x" + evaluated.first_hash.hex(),
        "lastBlockHash": "0x" + evaluated.last_hash.hex(),
    }
    if evaluated.addresses is not None:
        addresses = evaluated.addresses
        found["contracts"] = {"PhiOracle": addresses.oracle, "DifficultyController": addresses.controller}
    return found


def report_json(evaluated: Evaluated) -> bytes:
    """The report as it is published: the bytes whose keccak is its hash."""
    return canonical(document_of(evaluated))


def report_hash(evaluated: Evaluated) -> bytes:
    """What an office attests to, 32 bytes."""
    return document_hash(document_of(evaluated))


def report_csv(evaluated: Evaluated) -> bytes:
    """The report as a table."""
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(("figure", "measure", "block", "value"))
    for name, value in _head(evaluated):
        writer.writerow(("report", name, "", value))
    for row in rows_of(evaluated):
        writer.writerow((row.figure, row.measure, "" if row.block is None else row.block, row.value))
    return file.getvalue().encode()


def report_html(evaluated: Evaluated) -> bytes:
    """The report as a page that loads nothing from elsewhere."""
    template = resources.files("oracle.records").joinpath("public_report.html.jinja").read_text(encoding="utf-8")
    environment = jinja2.Environment(
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    rows = rows_of(evaluated)
    page = environment.from_string(template).render(
        query=evaluated.query,
        chain_id=evaluated.chain_id,
        head=_head(evaluated),
        totals=[row for row in rows if row.block is None],
        by_block=[row for row in rows if row.block is not None],
        document=report_json(evaluated).decode(),
    )
    return page.encode()


def rows_of(evaluated: Evaluated) -> list[Row]:
    """All values of a report, in the order of the query; those of all blocks ahead of those by block."""
    found: list[Row] = []
    for figure, values in evaluated.figures.items():
        totals = {measure: value for measure, value in values.items() if measure != "by_block"}
        found += [
            Row(figure, measure, None, "none" if value is None else str(value)) for measure, value in totals.items()
        ]
        found += [
            Row(figure, "by_block", number, value)
            for number, value in enumerate(values.get("by_block", ()), start=evaluated.query.first_block)
        ]
    return found


def recompute(chain: Chain, document: Any, addresses: Addresses | None = None) -> str | None:
    """Compute a report anew; None where it is equal, else a sentence with the first difference.

    Args:
        chain: The chain, as a node of one's own serves it.
        document: The report.
        addresses: Of the deployment as one knows it; needed where figures are of contracts.

    Raises:
        QueryInvalid: figures are of contracts, and no deployment is given.
        ConnectionFailed: the node does not answer.
        ChainReorganised: blocks changed while they were read.
    """
    if not isinstance(document, dict):
        return "the report is no JSON object"
    if document.get("chainId") != chain.chain_id:
        return _differs("chainId", document.get("chainId"), chain.chain_id)
    try:
        query = query_of(document.get("query"))
    except QueryInvalid as error:
        return f"the query of the report is none: {error}"
    if addresses is None and OF_CONTRACTS & set(query.figures):
        raise QueryInvalid("the report has figures of contracts: give the deployment that they should be of")
    try:
        found = document_of(evaluate(chain, query, addresses))
    except QueryInvalid as error:
        return f"the query of the report cannot be evaluated: {error}"
    for name in _ORDER:
        difference = _difference(name, document.get(name), found.get(name))
        if difference is not None:
            return difference
    other = sorted(map(str, set(document) - set(found)))
    return f"the report has {other[0][:_SHOWN_CHARACTERS]!r}, which no report has" if other else None


def _difference(path: str, told: Any, found: Any) -> str | None:
    """The first place at which two JSON values differ."""
    if isinstance(told, dict) and isinstance(found, dict):
        names = [*found, *sorted(map(str, set(told) - set(found)))]
        pairs = [(f"{path}.{name}", told.get(name), found.get(name)) for name in names]
    elif isinstance(told, list) and isinstance(found, list) and len(told) == len(found):
        pairs = [(f"{path}[{at}]", *both) for at, both in enumerate(zip(told, found, strict=True))]
    else:
        return None if type(told) is type(found) and told == found else _differs(path, told, found)
    return next((each for pair in pairs if (each := _difference(*pair)) is not None), None)


def _differs(path: str, told: Any, found: Any) -> str:
    return f"{path[:_SHOWN_CHARACTERS]} is {_shown(told)} in the report, and {_shown(found)} by the chain"


def _shown(value: Any) -> str:
    if isinstance(value, list | dict):
        return f"of {len(value)} entries"
    return "missing" if value is None else ascii(value)[:_SHOWN_CHARACTERS]


def _head(evaluated: Evaluated) -> list[tuple[str, str]]:
    """What the figures are of."""
    document = document_of(evaluated)
    return [
        ("hash", "0x" + report_hash(evaluated).hex()),
        ("chain id", str(evaluated.chain_id)),
        ("first block", f"{evaluated.query.first_block} {document['firstBlockHash']}"),
        ("last block", f"{evaluated.query.last_block} {document['lastBlockHash']}"),
        *document.get("contracts", {}).items(),
    ]


def _decimal(value: Fraction, places: int) -> str:
    """A fraction in decimal digits, rounded half to even where it has more of them."""
    scaled = round(value * 10**places)
    whole, rest = divmod(abs(scaled), 10**places)
    digits = f"{whole}.{rest:0{places}d}".rstrip("0").rstrip(".")
    return f"-{digits}" if scaled < 0 else digits
