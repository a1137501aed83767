"""What a StorageRegistry keeps, as Python values: setup, terms, holders, agreements."""

from dataclasses import astuple, dataclass
from enum import IntEnum
from typing import Any

from oracle.errors import InputError
from oracle.storage.cid import Cid
from oracle.storage.file_class import PRIVACIES, TEMPERATURES, Privacy, Temperature

NOBODY = "0x" + "0" * 40
GIB = 1 << 30
_NAME_BYTES = 16
_MOST_REGIONS = 4


@dataclass(frozen=True)
class RegistrySetup:
    """As the contract's; amounts in units of the token."""

    token: str
    period_seconds: int = 86_400
    notice_seconds: int = 7 * 86_400
    draw_delay_blocks: int = 2
    answer_blocks: int = 200
    rest_blocks: int = 50
    samples: int = 4
    challenger_bps: int = 1_000
    bond_periods: int = 60
    min_bond: int = 1_000
    challenge_fee: int = 10

    def arguments(self) -> tuple[Any, ...]:
        """As the constructor takes it."""
        return astuple(self)


@dataclass(frozen=True)
class Terms:
    """What the owner of a file wants."""

    cid: Cid
    chunk_root: bytes  # 32 bytes
    size_bytes: int
    temperature: Temperature
    privacy: Privacy
    replicas_min: int
    replicas_max: int
    steward: str
    max_rent: int  # of one holder and period, in units of the token
    regions: tuple[str, ...] = ()  # anywhere if empty

    def arguments(self) -> tuple[Any, ...]:
        """As the contract takes them.

        Raises:
            InputError: there are more regions than it takes, or a name is too long.
        """
        if len(self.regions) > _MOST_REGIONS:
            raise InputError(f"{len(self.regions)} regions are more than the registry takes: name {_MOST_REGIONS}")
        regions = [region_bytes(each) for each in self.regions]
        return (
            self.cid.digest,
            self.chunk_root,
            self.size_bytes,
            self.cid.codec,
            TEMPERATURES.index(self.temperature),
            PRIVACIES.index(self.privacy),
            self.replicas_min,
            self.replicas_max,
            self.steward,
            self.max_rent,
            regions + [bytes(_NAME_BYTES)] * (_MOST_REGIONS - len(regions)),
        )


def terms_of(values: tuple[Any, ...]) -> Terms:
    """Terms as the contract returns them."""
    digest, root, size, codec, temperature, privacy, least, most, steward, rent, regions = values
    return Terms(
        cid=Cid(codec, bytes(digest)),
        chunk_root=bytes(root),
        size_bytes=size,
        temperature=TEMPERATURES[temperature],
        privacy=PRIVACIES[privacy],
        replicas_min=least,
        replicas_max=most,
        steward=steward,
        max_rent=rent,
        regions=tuple(region_name(each) for each in regions if any(each)),
    )


@dataclass(frozen=True)
class FileStanding:
    """A file as it stands."""

    owner: str
    agreements: int  # offers among them
    held: int
    fund: int

    @property
    def is_known(self) -> bool:
        """Whether it was registered."""
        return self.owner != NOBODY


@dataclass(frozen=True)
class HolderStanding:
    """A holder, as it says, and its bond."""

    region: str
    capacity_bytes: int
    used_bytes: int
    price_per_gib_period: int
    bond: int
    locked: int


class AgreementStatus(IntEnum):
    """As the contract's."""

    NONE = 0
    OFFERED = 1
    HELD = 2
    LEAVING = 3


@dataclass(frozen=True)
class Agreement:
    """One holder's agreement about one file."""

    status: AgreementStatus
    since_seconds: int  # of an offer, until when it can be accepted
    paid_until_seconds: int
    leaves_seconds: int
    rent: int  # a period
    locked: int
    challenger: str  # NOBODY while no challenge is open
    draw_block: int

    @property
    def holds(self) -> bool:
        """Whether the holder must have the file now."""
        return self.status in {AgreementStatus.HELD, AgreementStatus.LEAVING}

    @property
    def is_challenged(self) -> bool:
        """Whether a challenge is open."""
        return self.challenger.lower() != NOBODY


def region_bytes(name: str) -> bytes:
    """A region's name as the contract keeps it.

    Raises:
        InputError: it is no ASCII, or longer than 16 bytes.
    """
    encoded = name.encode()
    if not encoded.isascii() or not 0 < len(encoded) <= _NAME_BYTES:
        raise InputError(f"{name[:40]!r} cannot name a region: give 1 to {_NAME_BYTES} letters, such as eu-west")
    return encoded.ljust(_NAME_BYTES, b"\0")


def region_name(encoded: bytes) -> str:
    """The name of a region; what is no ASCII is left out."""
    return encoded.rstrip(b"\0").decode("ascii", "ignore")
