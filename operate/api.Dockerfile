# The API and the page for readers: a daemon that signs and sends nothing. Build it from the repository's root:
# docker build -f operate/api.Dockerfile -t catalyst-api .
FROM node:20.19.5-bookworm-slim AS page

WORKDIR /opt/catalyst
COPY package.json package-lock.json ./
COPY oracle/keeping/holder/absent oracle/keeping/holder/absent
RUN npm ci --ignore-scripts --no-audit --no-fund
COPY abi abi
COPY dapp dapp
RUN npm run --silent dapp:build

FROM python:3.11.14-slim-bookworm AS build

ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
WORKDIR /opt/catalyst
COPY pyproject.toml setup.py README.md LICENSE ./
COPY requirements/run.txt requirements/encoder.txt requirements/
COPY oracle oracle
COPY deploy deploy
COPY abi abi
COPY --from=page /opt/catalyst/dapp/dist dapp/dist
# As of the operator; but the project is installed as a wheel, which holds contracts' artefacts and the page.
SHELL ["/bin/bash", "-o", "pipefail", "-c"]
RUN python -m venv /opt/venv \
    && /opt/venv/bin/pip install -c requirements/run.txt setuptools \
    && /opt/venv/bin/pip install --no-deps --extra-index-url https://download.pytorch.org/whl/cpu \
        "torch==$(sed -n 's/^torch==//p' requirements/run.txt)+cpu" \
    && /opt/venv/bin/pip install --no-compile --no-deps --no-build-isolation -r requirements/run.txt \
    && /opt/venv/bin/pip install --no-compile --no-deps --require-hashes -r requirements/encoder.txt \
    && /opt/venv/bin/pip install --no-compile --no-deps --no-build-isolation . \
    && /opt/venv/bin/python -m pip uninstall --yes pip \
    && rm -r /opt/venv/lib/python*/site-packages/torch/{test,include,bin/*Test,bin/test_*,bin/protoc*}

FROM python:3.11.14-slim-bookworm
# The owner of the key file, which nobody else may read.
ARG UID=10001
RUN useradd --uid "${UID}" --create-home --home-dir /var/lib/catalyst catalyst
COPY --from=build /opt/venv /opt/venv
ENV PATH=/opt/venv/bin:$PATH PYTHONDONTWRITEBYTECODE=1 HF_HUB_OFFLINE=1 OMP_NUM_THREADS=1
WORKDIR /var/lib/catalyst
USER ${UID}
EXPOSE 8460
ENTRYPOINT ["catalyst", "oracle", "--dry-run"]
