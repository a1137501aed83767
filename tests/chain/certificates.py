"""A certificate for `localhost` that no authority of this machine vouches for."""

import shutil
import ssl
import subprocess
from pathlib import Path

import pytest


def own_certificate(folder: Path) -> tuple[ssl.SSLContext, Path]:
    """What a server needs to serve by it, and the file that makes a client trust it; skips where openssl is missing."""
    if shutil.which("openssl") is None:
        pytest.skip("nothing makes a certificate here")
    key, certificate = folder / "key.pem", folder / "certificate.pem"
    words = "openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost -addext subjectAltName=DNS:localhost"
    made = [*words.split(), "-keyout", str(key), "-out", str(certificate)]
    subprocess.run(made, check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    return context, certificate
