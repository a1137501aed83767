"""`catalyst encoder`: a bundle's encoder behind HTTP, as replicas on a Ray cluster; as many as the requests need."""

import base64
import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import ray
from ray import serve
from ray.exceptions import RayError
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from oracle.errors import SettingsError
from oracle.model.bundle import load_bundle
from oracle.window.words import MAX_CHARACTERS
from oracle.workers.ray_pool import join

MOST_TEXTS = 128  # of a request
_MOST_BYTES = MOST_TEXTS * (6 * MAX_CHARACTERS + 64)  # of its body: escapes take six bytes a character
_NAME = "catalyst-encoder"
# Ray kills its own HTTP server where that needs longer than 5 s to start, which it does on busy cores.
_START_SECONDS = {"RAY_SERVE_PROXY_READY_CHECK_TIMEOUT_S": "60"}
_BAD_REQUEST, _OTHER_MODEL = 400, 409


class Replica:
    """One process that encodes; it answers one request at a time."""

    def __init__(self, bundle_directory: str, encoder: str | None) -> None:
        bundle = load_bundle(Path(bundle_directory), encoder)
        self._encoder, self._model_hash = bundle.reader.encoder, "0x" + bundle.model_hash.hex()

    async def __call__(self, request: Request) -> Response:
        """Vectors of the texts of a request, in the bytes of float64, lowest byte first."""
        asked = _asked(await request.body())
        if asked is None:
            return JSONResponse({"error": f"give modelHash and 1 to {MOST_TEXTS} texts"}, _BAD_REQUEST)
        model_hash, texts = asked
        if model_hash != self._model_hash:
            return JSONResponse({"error": f"this encoder is of bundle {self._model_hash}"}, _OTHER_MODEL)
        vectors = self._encoder.encode_all(texts).astype("<f8")
        return JSONResponse({"vectors": base64.b64encode(vectors.tobytes()).decode()})


def _asked(body: bytes) -> tuple[str, Sequence[str]] | None:
    """ModelHash and texts of a request; None where it is malformed or too large."""
    try:
        content: Any = json.loads(body) if len(body) <= _MOST_BYTES else None
        model_hash, texts = content["modelHash"], content["texts"]
    except (ValueError, TypeError, KeyError, RecursionError):
        return None
    if not isinstance(texts, list) or not 0 < len(texts) <= MOST_TEXTS:
        return None
    if any(not isinstance(text, str) or len(text) > MAX_CHARACTERS for text in texts):
        return None
    return str(model_hash), texts


def start_replicas(
    bundle_directory: Path, encoder: str | None, *, host: str, port: int, least: int, most: int, address: str | None
) -> None:
    """Serve on a cluster, or on one that is started here; returns once it answers.

    Args:
        bundle_directory: Of the bundle, the same on every machine of the cluster.
        encoder: Where its encoder is, if not where the bundle says.
        host: Of the HTTP server, on every machine.
        port: The same.
        least: Replicas that always run; each takes a core.
        most: Replicas that run while requests wait.
        address: Of the cluster; None starts one.

    Raises:
        SettingsError: no cluster answers, `least` is above `most`, or the HTTP server or a replica does not start.
        BundleError: the bundle cannot be loaded.
    """
    if least > most:
        raise SettingsError(f"--least {least} is above --most {most}")
    load_bundle(bundle_directory, encoder)  # what is wrong with it is said here, not by a replica's log
    os.environ.update(_START_SECONDS | os.environ)  # a cluster started here has them of this process
    join(address)
    deployment = serve.deployment(
        name=_NAME,
        max_ongoing_requests=2,
        autoscaling_config={"min_replicas": least, "max_replicas": most, "target_ongoing_requests": 1},
        ray_actor_options={"num_cpus": 1},
    )(Replica)
    try:
        serve.start(http_options={"host": host, "port": port})
        serve.run(deployment.bind(str(bundle_directory), encoder), name=_NAME, route_prefix="/")
    except (RayError, RuntimeError, TimeoutError) as error:
        stop_replicas()
        reason = str(error).strip().splitlines()[-1][:160]  # before it, where in Ray it was
        raise SettingsError(
            f"the cluster does not serve at {host}:{port}: {reason}; free the port or some cores, and start it again"
        ) from error


def stop_replicas() -> None:
    """End what was started."""
    serve.shutdown()  # type: ignore[no-untyped-call]
    ray.shutdown()
