"""Write `contracts/libraries/ExpTableData.sol`, the table of exponentials that the contracts carry.

Run as `python -m deploy.exp_table` (or `make abi`, before compiling). A test compares file and table.
"""

from deploy.compile import ROOT, SOLC_VERSION
from oracle.formulas.exp_table import exp_table

PATH = ROOT / "contracts" / "libraries" / "ExpTableData.sol"
_ENTRY_BYTES = 12
_LINE_BYTES = 32

_TEMPLATE = """// SPDX-License-Identifier: MIT
pragma solidity {version};

/// @title ExpTableData
/// @notice The {{ExpTable}}: 256 entries HIGH, then 256 entries LOW, 12 bytes each, big-endian.
/// @dev Written by `deploy/exp_table.py`; only creation code carries it.
library ExpTableData {{
    bytes internal constant TABLE = {lines};
}}
"""


def table_bytes() -> bytes:
    """HIGH then LOW, 12 bytes an entry, big-endian."""
    high, low = exp_table()
    return b"".join(entry.to_bytes(_ENTRY_BYTES, "big") for entry in high + low)


def source() -> str:
    """The Solidity file."""
    table = table_bytes()
    lines = [table[i : i + _LINE_BYTES].hex() for i in range(0, len(table), _LINE_BYTES)]
    return _TEMPLATE.format(version=SOLC_VERSION, lines="\n        ".join(f'hex"{line}"' for line in lines))


if __name__ == "__main__":
    PATH.write_text(source())
