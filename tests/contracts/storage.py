"""Storage layouts: as the compiler gives them, and as `storage_layout.json` pins them.

`python -m tests.contracts.storage` writes the file anew, and the table in `docs/contracts.md`.
"""

import json
import re
import sys
from functools import cache
from pathlib import Path
from typing import Any

import solcx
from eth_hash.auto import keccak

from deploy.compile import DEPLOYED, ROOT, SETTINGS, project_sources, solc_binary
from oracle.markdown import with_section

COMMITTED = Path(__file__).parent / "storage_layout.json"
PAGE = ROOT / "docs" / "contracts.md"
# Contracts with storage that others read by slot; the workload's are none of the product's.
CONTRACTS = tuple(name for name, path in DEPLOYED.items() if not path.startswith("contracts/workload/"))
SECTION = "storage"
_MEANING = {
    "_standing": "from bit 0: sumExpQ85 104 bits, epoch 32, toBlock 40, blockNumber 40, timestampSeconds 40 "
    "(`StandingSlot`)",
    "_network": "from bit 0: rules 160 bits, nodeCount 24, activeCount 24, lowLane 16, highLane 16, operatorCount 8, "
    "paused 8 (`NetworkSlot`)",
    "_phi": "word w of φ, biased, at slot + w; the second half is the second copy (`PagedPhiOracle`)",
    "_bounds": "bounds on θ; from bit 0: minWad 64, maxWad 64 bits",
    "_theta0Lanes": "word w: 16 entries of 16 bits, ⌊θ₀/unit⌋ + ⌈θ₀/unit⌉ of the nodes of word w of φ (`ThetaLanes`)",
    "_theta0Range": "256 buckets of θ₀ behind a bitmap of those in use: what encloses every θ₀ (`Theta0Range`)",
    "_standingOf": "plan → from bit 0: status 8, step 8, joined 16, activatedAtSeconds 64, sinceSeconds 64 bits",
    "_held": "plan → party → what it holds of its deposit, in units of the token",
    "owed": "token → account → what it can withdraw",
    "settledAtSeconds": "round → when it was settled",
    "_theta0": "⌊n/4⌋ → 4 entries of 64 bits: θ₀, and bit 63 where the node is registered",
    "_retired": "⌊n/256⌋ → bit n mod 256 set where the node is retired",
    "_miner": "n → the key that node n mines with",
}

Entry = dict[str, Any]


def compiler_output(selection: dict[str, Any]) -> dict[str, Any]:
    """The compiler's standard output for the project's sources, of the parts selected alone."""
    output: dict[str, Any] = solcx.compile_standard(
        {
            "language": "Solidity",
            "sources": {path: {"content": text} for path, text in project_sources().items()},
            "settings": SETTINGS | {"outputSelection": selection},
        },
        solc_binary=solc_binary(),
        base_path=ROOT,
        allow_paths=[ROOT],
    )
    return output


def compiled_layouts() -> dict[str, list[Entry]]:
    """Every entry of each contract's storage, members of structs included, from the compiler."""
    output = compiler_output({"*": {"*": ["storageLayout"]}})
    found: dict[str, list[Entry]] = {}
    for contracts in output["contracts"].values():
        for name, contract in contracts.items():
            if name in CONTRACTS:
                layout = contract["storageLayout"]
                found[name] = _flat(layout["storage"], layout["types"] or {}, 0)
    return {name: found[name] for name in CONTRACTS}


def _flat(entries: list[Entry], types: dict[str, Any], first_slot: int) -> list[Entry]:
    flat = []
    for entry in entries:
        kind = types[entry["type"]]
        slot = first_slot + int(entry["slot"])
        flat.append(
            {
                "slot": slot,
                "offset": entry["offset"],
                "bytes": int(kind["numberOfBytes"]),
                "label": entry["label"],
                "type": re.sub(r"^(struct|contract|enum) ", "", kind["label"]),
                "members": _flat(kind.get("members", []), types, slot),
            }
        )
    return flat


@cache
def committed_layouts() -> dict[str, list[Entry]]:
    """The layouts as pinned."""
    loaded: dict[str, list[Entry]] = json.loads(COMMITTED.read_text())
    return loaded


@cache
def layout_slots(name: str, *, nodes: int) -> tuple[int, ...]:
    """Every slot of contract `name` that a network of `nodes` nodes can use; of each copy of φ as many words."""
    words = -(-nodes // 16) + 1
    slots: list[int] = []
    for entry in committed_layouts()[name]:
        slot, size = entry["slot"], entry["bytes"]
        if entry["label"] == "_phi":
            half = size // 64
            slots += [*range(slot, slot + words), *range(slot + half, slot + half + words)]
        elif entry["label"] == "_theta0Lanes":
            slots += range(slot, slot + words)
        elif entry["type"].startswith("mapping"):
            keys = {"_theta0": nodes // 4 + 1, "_retired": nodes // 256 + 1, "_miner": nodes + 1}[entry["label"]]
            slots += [
                int.from_bytes(keccak(index.to_bytes(32, "big") + slot.to_bytes(32, "big")), "big")
                for index in range(keys)
            ]
        else:
            slots += range(slot, slot + -(-size // 32))
    return tuple(slots)


def table(name: str) -> str:
    """The layout of contract `name` as a table in Markdown."""
    rows = ["| slot | bytes | name | type | holds |", "| --- | --- | --- | --- | --- |"]
    for entry in committed_layouts()[name]:
        size = entry["bytes"]
        last = entry["slot"] + -(-size // 32) - 1
        slot = f"{entry['slot']}–{last}" if last > entry["slot"] else str(entry["slot"])
        span = f"{entry['offset']}–{entry['offset'] + size - 1}" if size < 32 else str(size)
        members = ", ".join(f"{m['label']} {8 * m['bytes']}" for m in entry["members"])
        holds = _MEANING.get(entry["label"], f"from bit 0: {members} bits" if members else "")
        rows.append(f"| {slot} | {span} | `{entry['label']}` | {entry['type']} | {holds.strip()} |")
    return "\n".join(rows) + "\n"


def section() -> str:
    """What `docs/contracts.md` shows between its markers."""
    return table("PhiOracle")


def main() -> None:
    """Pin the layouts as they are."""
    COMMITTED.write_text(json.dumps(compiled_layouts(), indent=1) + "\n")
    committed_layouts.cache_clear()
    PAGE.write_text(with_section(PAGE.read_text(), SECTION, section()))
    sys.stdout.write(f"{COMMITTED.relative_to(ROOT)} and {PAGE.relative_to(ROOT)} written\n")


if __name__ == "__main__":
    main()
