"""`python -m oracle.service.openapi`: the description of the HTTP interface, for docs/openapi.json."""

import sys

from oracle.service.api import described_app
from oracle.service.v1.routes import as_text

if __name__ == "__main__":
    sys.stdout.write(as_text(described_app().openapi()))
