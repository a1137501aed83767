"""The policy of a bundle as a controller: what the language model's reading of the texts adds to the feedback."""

import time
from dataclasses import dataclass

from oracle.control.controller import Decision
from oracle.model.bundle import Bundle
from oracle.model.decide import decide
from oracle.model.features import window_features
from oracle.window.blocks import Block
from oracle.window.texts import texts_alone
from oracle.window.window import Window


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
        """Blocks that the policy was made for."""
        return self.bundle.policy.config.window_blocks

    def decide(self, window: Window) -> Decision:
        """Phi by the canonical path: float64, CPU, one text at a time."""
        started = time.perf_counter()
        features = window_features(window, self.bundle.encoder)
        encoded = time.perf_counter()
        phi = decide(self.bundle.policy, features)
        return Decision(phi, 1e3 * (encoded - started), 1e3 * (time.perf_counter() - encoded))

    def prepare(self, block: Block, most_texts: int) -> int:
        """Encode texts of a block that are not known yet."""
        read = 0
        for text in texts_alone(block):
            if read == most_texts:
                break
            if not self.bundle.encoder.knows(text):
                self.bundle.encoder.encode(text)
                read += 1
        return read
