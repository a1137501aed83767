"""Keys and a first block for the containers of compose.yaml: `python -m operate.trial` writes them into operate/trial/.

The keys are drawn anew each time and hold coins of that chain alone. They lie in files that only their owner may read.
"""

import json
import os
from pathlib import Path

from eth_account import Account

OPERATORS = 4
NODES = 3
_USER = 10001  # as in the Dockerfile, where root calls
_WEI = 10**24  # for each account
_CHAIN_ID = 31337


def write(directory: Path) -> None:
    """A key for each who has one, a genesis that pays them, the nodes' addresses in `miners`, and others' in .env.

    Raises:
        FileExistsError: there are keys already; nothing is written.
    """
    directory.mkdir(mode=0o700)
    operators, nodes = [f"operator{at}" for at in range(OPERATORS)], [f"node{at}" for at in range(NODES)]
    names = ["deployer", *operators, *nodes, "guardian", "observer"]
    user = os.getuid() or _USER
    addresses = {}
    for name in names:
        account = Account.create()
        path = directory / name
        path.touch(mode=0o600)
        path.write_text(account.key.hex())
        if os.getuid() == 0:
            os.chown(path, user, user)
        addresses[name] = account.address
    genesis = {
        "config": {"chainId": _CHAIN_ID},
        "alloc": {address: {"balance": hex(_WEI)} for address in addresses.values()},
        "difficulty": "0x0",
        "gasLimit": hex(100_000_000),
    }
    (directory / "genesis.json").write_text(json.dumps(genesis, indent=1))
    (directory / "miners").write_text("".join(f"{addresses[node]}\n" for node in nodes))
    if os.getuid() == 0:
        os.chown(directory, user, user)
    variables = {
        "CATALYST_UID": str(user),
        "CATALYST_OPERATORS": " ".join(addresses[operator] for operator in operators),
        "CATALYST_GUARDIAN": addresses["guardian"],
    }
    (directory.parent / ".env").write_text("".join(f"{name}={value}\n" for name, value in variables.items()))


if __name__ == "__main__":
    write(Path(__file__).with_name("trial"))
