"""An encoder on other machines in place of this process's own, which encodes where the other is away.

The answer is the vectors themselves, in the bytes of float64, so both ways give the same. An encoder of another model
than ours is refused by its own word. Whoever names the URL trusts what answers there: it is the operator's.
"""

import base64
import binascii
import json
import logging
import time
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from oracle.chain.http_client import Bounds, HttpClient, NoAnswer, RequestFailed
from oracle.chain.redact import shown_url
from oracle.model.encoder import Encodes

log = logging.getLogger(__name__)

_BOUNDS = Bounds(connect_seconds=1.0, wait_seconds=10.0, whole_seconds=10.0, most_bytes=4 << 20)
_AT_ONCE = 128  # texts of a request
_AGAIN_SECONDS = 30.0  # after which one that was away is asked again


class FarEncoder:
    """Asks a URL for vectors, and the encoder of this process where nobody there answers rightly."""

    def __init__(self, own: Encodes, url: str, model_hash: bytes) -> None:
        """`url` is that of `catalyst encoder`; `model_hash` that of the bundle whose encoder `own` is."""
        self._own, self._model_hash = own, "0x" + model_hash.hex()
        self._client, self._shown = HttpClient(url), shown_url(url)
        self._away_until = float("-inf")  # by the monotonic clock

    @property
    def hidden_size(self) -> int:
        """Length of a vector."""
        return self._own.hidden_size

    def encode_all(self, texts: Sequence[str]) -> NDArray[np.floating]:
        """Vectors of texts, [texts, hidden]."""
        if time.monotonic() < self._away_until:
            return self._own.encode_all(texts)
        try:
            return np.concatenate([self._asked(texts[at : at + _AT_ONCE]) for at in range(0, len(texts), _AT_ONCE)])
        except (RequestFailed, NoAnswer) as error:
            log.warning("the encoder at %s is not used for %g s: %s", self._shown, _AGAIN_SECONDS, error)
            self._away_until = time.monotonic() + _AGAIN_SECONDS
            return self._own.encode_all(texts)

    def _asked(self, texts: Sequence[str]) -> NDArray[np.float64]:
        asked = json.dumps({"modelHash": self._model_hash, "texts": list(texts)}).encode()
        answer = self._client.post(asked, _BOUNDS)
        try:
            content = base64.b64decode(answer["vectors"], validate=True)
            vectors = np.frombuffer(content, "<f8").reshape(len(texts), self.hidden_size)
        except (TypeError, KeyError, ValueError, binascii.Error) as error:
            raise NoAnswer(f"the answer holds no vectors of {len(texts)} texts") from error
        if not np.isfinite(vectors).all():
            raise NoAnswer("the answer holds vectors that are not finite")
        return vectors.astype(np.float64)
