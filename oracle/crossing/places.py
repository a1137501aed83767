"""Which chains there are, where the contracts of routes are on each, and the file that says so."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from oracle.bridges.margins import Clocks
from oracle.chain.artefacts import runtime_matches
from oracle.chain.connection import Chain, connect
from oracle.errors import DeploymentError, InputError
from oracle.output import write_whole

CONTRACTS = {"locks": "HashLock", "pool": "RelayPool", "conditions": "RouteConditions", "offers": "RouteOffers"}


@dataclass(frozen=True)
class Addresses:
    """The contracts of one chain, checksummed, and its token of the asset."""

    token: str
    locks: str
    pool: str
    conditions: str
    offers: str


@dataclass(frozen=True)
class Place:
    """One chain, as routes use it."""

    name: str
    chain: Chain
    addresses: Addresses
    from_block: int  # no event is older
    depth: int  # blocks on top of one that counts as settled

    @property
    def settled(self) -> int:
        """Number of the latest settled block; no earlier than that before the contracts."""
        return max(self.chain.head() - self.depth, self.from_block - 1, 0)

    def now(self) -> int:
        """The latest block's timestamp, in seconds."""
        return self.chain.timestamp(self.chain.head())


@dataclass(frozen=True)
class Places:
    """All chains of one asset."""

    asset: str
    decimals: int
    by_name: Mapping[str, Place]
    clocks: Clocks  # of any two of them
    providers: Mapping[str, str]  # name by address, in lower case

    def __getitem__(self, name: str) -> Place:
        """The chain of that name.

        Raises:
            InputError: there is none.
        """
        if name not in self.by_name:
            raise InputError(f"there is no chain {name!r}; there are {', '.join(self.by_name)}")
        return self.by_name[name]

    def of_chain(self, chain_id: int) -> Place | None:
        """The chain of that id; None where routes know none."""
        return next((place for place in self.by_name.values() if place.chain.chain_id == chain_id), None)

    def provider(self, address: str) -> str:
        """What a provider is called; the first digits of its address where nobody named it."""
        return self.providers.get(address.lower(), address.lower()[2:10])


def check_contracts(place: Place) -> None:
    """See that the contracts of this version are where they should be.

    Raises:
        DeploymentError: one is not; names it.
    """
    for field, contract in CONTRACTS.items():
        address = getattr(place.addresses, field)
        if not runtime_matches(contract, place.chain.code(address)):
            raise DeploymentError(
                f"{address} on {place.name} is not a {contract} of this version; give the file that their deployment "
                "wrote, or deploy them again"
            )


def write_places(path: Path, places: Places, urls: Mapping[str, str]) -> None:
    """Write what `read_places` takes.

    Raises:
        WriteFailed: it cannot be written.
    """
    chains = {name: _written(place, urls[name]) for name, place in places.by_name.items()}
    raw = _of_asset(places.asset, places.decimals, places.clocks) | {"providers": dict(places.providers)}
    write_whole(path, json.dumps(raw | {"chains": chains}, indent=1) + "\n")


def added_place(path: Path, place: Place, url: str, *, asset: str, decimals: int, clocks: Clocks) -> None:
    """Add a chain to a file of chains, or make the file; a chain of that name is replaced.

    Raises:
        InputError: the file is none of chains, or of another asset, or assumes other times.
        WriteFailed: it cannot be written.
    """
    made = _of_asset(asset, decimals, clocks)
    raw: dict[str, Any] = made | {"providers": {}, "chains": {}}
    if path.exists():
        try:
            raw = json.loads(path.read_text(encoding="utf-8"))
            found = {name: raw[name] for name in made}
            chains: dict[str, Any] = dict(raw["chains"])
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise InputError(
                f"{path} is no file of chains for routes: {type(error).__name__}: {error}; name another one"
            ) from error
        if found != made:
            raise InputError(f"{path} is of {found}, and this chain of {made}: give the same, or another file")
    else:
        chains = {}
    raw["chains"] = chains | {place.name: _written(place, url)}
    write_whole(path, json.dumps(raw, indent=1) + "\n")


def _of_asset(asset: str, decimals: int, clocks: Clocks) -> dict[str, Any]:
    return {"asset": asset, "decimals": decimals, "clocks": asdict(clocks)}


def _written(place: Place, url: str) -> dict[str, Any]:
    return {
        "rpc": url,
        "chainId": place.chain.chain_id,
        "fromBlock": place.from_block,
        "depth": place.depth,
        "contracts": asdict(place.addresses),
    }


def read_places(path: Path) -> Places:
    """The chains of a file, connected and checked.

    Raises:
        InputError: the file is none of chains, or a node serves another chain.
        ConnectionFailed: a node does not answer.
        DeploymentError: a contract is not where the file says.
    """
    try:
        raw: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        found = Places(
            asset=str(raw["asset"]),
            decimals=int(raw["decimals"]),
            by_name={name: _place(name, each, path) for name, each in raw["chains"].items()},
            clocks=Clocks(**raw["clocks"]),
            providers={str(address).lower(): str(name) for address, name in raw["providers"].items()},
        )
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise InputError(
            f"{path} is no file of chains for routes: {type(error).__name__}: {error}; give the file that "
            "`catalyst route deploy` or `route demo` wrote"
        ) from error
    for place in found.by_name.values():
        check_contracts(place)
    return found


def _place(name: str, raw: dict[str, Any], path: Path) -> Place:
    chain = connect(str(raw["rpc"]))
    if chain.chain_id != int(raw["chainId"]):
        raise InputError(f"{path} says that {name} has chain id {raw['chainId']}, but its node says {chain.chain_id}")
    return Place(
        name=name,
        chain=chain,
        addresses=Addresses(**raw["contracts"]),
        from_block=int(raw["fromBlock"]),
        depth=int(raw["depth"]),
    )
