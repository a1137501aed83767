"""What the page knows of each ledger of rounds: `python -m deploy.page` writes dapp/src/ledgers.json."""

import json
import sys
from pathlib import Path

from oracle.engines.registry import LEDGERS

PATH = Path(__file__).resolve().parent.parent / "dapp" / "src" / "ledgers.json"


def ledgers() -> str:
    """What p is under each ledger, by the name of its contract, as JSON."""
    return json.dumps({contract: terms.words.p_is for contract, terms in LEDGERS.items()}, indent=2) + "\n"


if __name__ == "__main__":
    PATH.write_text(ledgers())
    sys.stdout.write(f"{PATH} written\n")
