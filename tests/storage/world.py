"""Nodes and files for tests."""

from collections.abc import Mapping
from typing import Any

from oracle.storage.file_class import ClassedFile, FileClass, FileFacts, Privacy, Temperature, Wishes
from oracle.storage.node import StorageNode

MIB = 2**20


def node(name: str, region: str = "eu-west", **given: Any) -> StorageNode:
    usual: dict[str, Any] = {
        "price_per_gib_month": 0.02,
        "capacity_bytes": 100 * MIB,
        "used_bytes": 0,
        "latency_ms": {"eu": 20.0, "us": 90.0},
        "failure_rate": 0.1,
        "trusted_for_personal": False,
    }
    return StorageNode(name, region, **usual | given)


def file(
    name: str = "report.txt",
    temperature: Temperature = "warm",
    privacy: Privacy = "private",
    size_bytes: int = MIB,
    reads: Mapping[str, float] | None = None,
    regions: frozenset[str] | None = None,
    **wishes: Any,
) -> ClassedFile:
    facts = FileFacts(name, "text/plain", size_bytes, reads or {}, Wishes(**wishes))
    return ClassedFile(facts, FileClass(temperature, privacy, regions))
