# A node of the network: mines, stakes or takes turns, and runs no model. Build it from the repository's root:
# docker build -f operate/node.Dockerfile -t catalyst-node .
FROM python:3.11.14-slim-bookworm AS build

ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
WORKDIR /opt/catalyst
COPY pyproject.toml setup.py README.md LICENSE ./
COPY requirements/node.txt requirements/
COPY oracle oracle
# What a node imports, without PyTorch. The project stays in its folder: it reads abi/ beside it.
RUN python -m venv .venv \
    && .venv/bin/pip install -c requirements/node.txt setuptools \
    && .venv/bin/pip install --no-compile --no-deps --no-build-isolation -r requirements/node.txt \
    && .venv/bin/pip install --no-compile --no-deps --no-build-isolation -e .

FROM python:3.11.14-slim-bookworm
# The owner of the key files, which nobody else may read.
ARG UID=10001
RUN useradd --uid "${UID}" --create-home --home-dir /var/lib/catalyst catalyst
COPY --from=build /opt/catalyst /opt/catalyst
COPY abi /opt/catalyst/abi
ENV PATH=/opt/catalyst/.venv/bin:$PATH PYTHONDONTWRITEBYTECODE=1
WORKDIR /var/lib/catalyst
USER ${UID}
ENTRYPOINT ["catalyst", "node"]
