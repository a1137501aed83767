"""The policy of a bundle: plans on the load that numbers foretell, and on what texts announce beyond it.

phi = clip(phi with text, phi without text, phi without text + text_cap): no words make a chain slower than the same
plan without them, and none make it faster by more than the cap.
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from oracle.control.announced import AHEAD, announced_load
from oracle.control.by_node import phi_by_node
from oracle.control.controller import Decision
from oracle.control.evidence import Evidence, evidence_of
from oracle.control.plan import plan_phi
from oracle.control.prospect import Start, start_of
from oracle.model.bundle import Bundle
from oracle.window.blocks import Block
from oracle.window.texts import Heard, TextShare, heard, text_shares, texts_alone
from oracle.window.window import Window

if TYPE_CHECKING:
    from oracle.control.attribution import Attribution

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Common:
    """Phi for all nodes, mean of them: with text and without."""

    without_text: float
    with_text: float


@dataclass(frozen=True)
class PolicyController:
    """The policy of a bundle, over its language model."""

    bundle: Bundle

    @property
    def name(self) -> str:
        """The name, with the bundle's hash."""
        return f"the policy of bundle 0x{self.model_hash.hex()[:16]}…"

    @property
    def model_hash(self) -> bytes:
        """Hash of the bundle."""
        return self.bundle.model_hash

    @property
    def window_blocks(self) -> int:
        """Blocks that are read."""
        return self.bundle.config.window_blocks

    def decide(self, window: Window) -> Decision:
        """Phi by the canonical path: float64, on the CPU."""
        started = time.perf_counter()
        evidence = self.evidence_of(self.shares_of(window), window.interval_seconds)
        encoded = time.perf_counter()
        common = self.common(window, start_of(window), evidence)
        phi = phi_by_node(window, common.with_text)
        return Decision(phi, 1e3 * (encoded - started), 1e3 * (time.perf_counter() - encoded))

    def shares_of(self, window: Window) -> list[list[TextShare]]:
        """For each block, the texts of it that the bundle reads."""
        return text_shares(window, chinese=self.bundle.config.reads_chinese)

    def heard(self, window: Window) -> list[list[Heard]]:
        """For each block, what its transactions say that the bundle reads."""
        return heard(window, chinese=self.bundle.config.reads_chinese)

    def evidence_of(self, shares: Sequence[Sequence[TextShare]], interval_seconds: int) -> Evidence:
        """What texts of a window's blocks say to the bundle's reader."""
        return evidence_of(shares, self.bundle.reader, interval_seconds)

    def common(self, window: Window, start: Start, evidence: Evidence) -> Common:
        """What is decided for all nodes, from evidence that may be less than the window's."""
        config, prospect = self.bundle.config, start.prospect
        plain = float(plan_phi(prospect, start.rules, config.margin)[0])
        if not evidence.announced.any():
            return Common(plain, plain)
        added = announced_load(_times(window), evidence.announced[None], evidence.against[None], start.usual_load)
        if not added.any():
            return Common(plain, plain)
        wanted = float(plan_phi(prospect._replace(load=prospect.load + added), start.rules, config.margin)[0])
        return Common(plain, min(max(wanted, plain), plain + config.text_cap))

    def attributed(self, window: Window, most_texts: int) -> "Attribution | None":
        """What numbers and texts do; each text that speaks of the load costs two plans, so only so many are tried."""
        from oracle.control.attribution import attribute  # noqa: PLC0415 - which is about this class

        texts = {each.text for here in self.heard(window) for each in here}
        said = [self.bundle.reader.read(text) for text in texts]
        if sum(each.announces > 0 or each.against > 0 for each in said) > most_texts:
            return None
        return attribute(self, window)

    def prepare(self, block: Block, most_texts: int) -> int:
        """Encode texts of a block that are not known yet."""
        reader = self.bundle.reader
        texts = texts_alone(block, chinese=self.bundle.config.reads_chinese)
        new = [text for text in texts if not reader.knows(text)][:most_texts]
        reader.read_all(new)
        return len(new)


def _times(window: Window) -> NDArray[np.int64]:
    """T from the last block to each, [1, blocks]; at least -AHEAD, before which nothing that is announced counts."""
    now = window.blocks[-1].timestamp_seconds // window.interval_seconds
    ago = [max(-AHEAD, block.timestamp_seconds // window.interval_seconds - now) for block in window.blocks]
    return np.array([ago], dtype=np.int64)
