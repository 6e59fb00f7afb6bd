# Every command sets up what it needs: a fresh machine has Python 3.11+, make, git.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
DEMO := .venv-demo

# Tests start many processes, which compile every module anew without byte code.
unexport PYTHONDONTWRITEBYTECODE

# A file runs in one worker, which shares its fixtures. Files start in the order of
# tests/conftest.py, not by their number of tests.
WORKERS := -n logical --dist loadfile --no-loadscope-reorder

.DEFAULT_GOAL := help

.PHONY: help
help: ## show this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 18

$(READY): pyproject.toml requirements-dev.txt
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --require-hashes -r requirements-dev.txt
	$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation --editable .
	@touch $@

.PHONY: setup
setup: $(READY) ## create .venv with everything for development

# Only what `pip install voicelive` installs: seconds, where .venv takes minutes.
$(DEMO)/.ready: pyproject.toml
	@echo "1/2 creating a small environment in $(DEMO) ..."
	@$(PYTHON) -m venv $(DEMO)
	@echo "2/2 installing voicelive and its dependencies into it ..."
	@$(DEMO)/bin/python -m pip install --quiet --disable-pip-version-check \
	  --no-compile --editable .
	@touch $@

.PHONY: demo
demo: $(DEMO)/.ready ## show a spoken conversation with the mock service
	@mkdir -p out
	@$(DEMO)/bin/voicelive demo --out out/reply.wav

.PHONY: test
test: $(READY) ## run the whole test suite
	$(BIN)/python -m pytest $(WORKERS)

.PHONY: test-fast
test-fast: $(READY) ## run the tests that are offline and quick, while working
	$(BIN)/python -m pytest $(WORKERS) -m "not slow"

.PHONY: generate
generate: $(READY) ## compile schema/ into generated/
	$(BIN)/python -m codegen

.PHONY: check-generated
check-generated: $(READY) ## fail if generated/ is not what schema/ compiles to
	$(BIN)/python -m codegen --check

.PHONY: format
format: $(READY) ## format the code and mend what can be mended
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

.PHONY: lint
lint: $(READY) ## check style, format and the import contracts
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/lint-imports importlinter.toml

.PHONY: types
types: $(READY) ## check types with mypy and pyright
	$(BIN)/mypy
	$(BIN)/pyright --pythonpath $(BIN)/python

.PHONY: build
build: $(READY) ## build the wheel and the source archive into dist/
	$(BIN)/python -m hatchling build

.PHONY: check
check: lint types check-generated test ## what CI runs; the tests build and install the wheel

DOCS_READY := $(VENV)/.docs-ready

$(DOCS_READY): $(READY) requirements-docs.txt
	$(BIN)/python -m pip install --quiet --require-hashes -r requirements-docs.txt
	@touch $@

.PHONY: docs
docs: $(DOCS_READY) ## build the documentation into build/site; warnings are errors
	$(BIN)/python -m tools.site build

.PHONY: docs-serve
docs-serve: $(DOCS_READY) ## serve the documentation and follow changes
	$(BIN)/python -m tools.site serve

.PHONY: picture
picture: $(READY) ## draw what the demo prints in a terminal, for the README
	$(BIN)/python -m tools.terminal_picture

.PHONY: bench
bench: $(READY) ## measure performance against named references
	$(BIN)/python -m benchmarks

.PHONY: soak
soak: $(READY) ## watch the memory of mock and load test: [MINUTES=40 CALLERS=50]
	$(BIN)/python -m benchmarks.soak $(if $(MINUTES),--minutes $(MINUTES)) \
	  $(if $(CALLERS),--callers $(CALLERS))

.PHONY: conformance
conformance: $(READY) ## check a service: [ENDPOINT=URL KEY=... MODEL=... API_VERSION=...]
	@$(if $(KEY),AZURE_VOICELIVE_API_KEY="$$KEY") $(BIN)/python -m pytest \
	  tests/conformance -q --tb=short \
	  $(if $(ENDPOINT),--conformance-endpoint "$(ENDPOINT)") \
	  $(if $(MODEL),--conformance-model "$(MODEL)") \
	  $(if $(API_VERSION),--conformance-api-version "$(API_VERSION)")

.PHONY: fuzz
fuzz: $(READY) ## fuzz client and mock: [SECONDS=60 SEED=... TARGET=engine]
	$(BIN)/python -m tests.fuzz $(if $(SECONDS),--seconds $(SECONDS)) \
	  $(if $(SEED),--seed $(SEED)) $(if $(TARGET),--target $(TARGET))

.PHONY: test-foreign
test-foreign: $(READY) ## run clients of other projects against the mock
	$(BIN)/python -m pytest -q tests/integration/foreign/foreign_clients.py \
	  tests/integration/test_official_js_sdk.py

.PHONY: live-suite
live-suite: $(READY) ## run the vendor's live tests against the mock: [CLIENT=ours]
	$(BIN)/python -m tests.live_suite $(if $(CLIENT),--client $(CLIENT))

.PHONY: load
load: $(READY) ## load test: [USERS=200 DURATION=60s PROFILE=steps ENDPOINT=URL KEY=...]
	@$(if $(KEY),AZURE_VOICELIVE_API_KEY="$$KEY") $(BIN)/python -m voicelive_loadtest \
	  $(if $(ENDPOINT),--endpoint "$(ENDPOINT)") $(if $(PROFILE),--profile "$(PROFILE)") \
	  $(if $(USERS),--users $(USERS)) $(if $(DURATION),--run-time $(DURATION))

.PHONY: lock
lock: $(READY) ## pin the development dependencies anew, with their hashes
	$(BIN)/python -m pip install --quiet uv
	$(BIN)/uv pip compile pyproject.toml --group dev --all-extras --universal \
	  --python-version 3.11 --generate-hashes --no-emit-index-url --no-header \
	  --no-annotate --upgrade --quiet --output-file requirements-dev.txt
	$(BIN)/uv pip compile --group pyproject.toml:docs --constraint requirements-dev.txt \
	  --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
	  --no-header --no-annotate --upgrade --quiet --output-file requirements-docs.txt

.PHONY: clean
clean: ## remove everything that the other commands made
	rm -rf $(VENV) $(DEMO) build dist out .hypothesis .mypy_cache .pytest_cache .ruff_cache .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
