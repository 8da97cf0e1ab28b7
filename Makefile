# The few commands of a day. Each makes what it needs first; Python 3.11+ with venv is all that has to be there.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet
# A stamp's name carries the digest of the lock (and of the list of rooms, which an editable install writes down), so
# what is unchanged installs nothing and what is changed installs again.
RUN_STAMP := $(VENV)/.keqi-run-$(shell (cat requirements.lock pyproject.toml; ls */__init__.py) | cksum | cut -d' ' -f1)
DEV_STAMP := $(VENV)/.keqi-dev-$(shell cat requirements-dev.lock | cksum | cut -d' ' -f1)
# GraphiQL's files come by npm: the machine's own where there is one, else the one that the development lock brings.
NODE_STAMP := $(if $(shell command -v npm),,$(DEV_STAMP))
PACKAGES := authz bench db docs exporters loaders planner resolvers schema service tests web

export PYTHONUTF8 := 1

.PHONY: help setup demo web test leak fuzz bench lint format lock reference clean

help: ## what there is
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: $(RUN_STAMP) $(DEV_STAMP) ## the environment for work on keqi, in .venv

demo: $(RUN_STAMP) $(NODE_STAMP) ## database, data, tokens, sample queries, server on 127.0.0.1:8000
	@$(BIN)/python -m web.build || echo "keqi: going on without GraphiQL; 'make web' tries again"
	@$(BIN)/keqi demo

web: $(RUN_STAMP) $(NODE_STAMP) ## GraphiQL's files, from pinned npm packages into web/vendor
	@$(BIN)/python -m web.build

test: setup web ## every test
	$(BIN)/python -m pytest $(ARGS)

leak: setup ## a hundred thousand operations of every role, each answer held against the oracle's; ARGS="--seed 2"
	$(BIN)/python -m tests.reference.leak $(ARGS)

fuzz: setup ## generated operations of every role and nearly right bytes, for minutes; SEED=n sends the same again
	KEQI_FUZZ_EXAMPLES=$(or $(EXAMPLES),1000) KEQI_FUZZ_SEED=$(or $(SEED),1) \
	    $(BIN)/python -m pytest tests/service/test_fuzz.py -v $(ARGS)

bench: setup ## side-by-side figures as a table of ratios
	$(BIN)/python -m bench $(ARGS)

lint: setup ## format, rules, types, direction of imports
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/pyright
	$(BIN)/lint-imports

format: setup ## put the code into shape
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

reference: setup ## docs/reference, written anew from the code
	$(BIN)/python -m docs.generate

lock: setup ## pin every dependency anew, by version and hash, from the ordinary registry alone
	export PIP_CONFIG_FILE=/dev/null PIP_FIND_LINKS= CUSTOM_COMPILE_COMMAND="make lock"; \
	compile="$(BIN)/pip-compile --quiet --generate-hashes --allow-unsafe --strip-extras --no-config \
	    --no-emit-index-url --no-emit-find-links --no-emit-trusted-host --no-emit-options $(ARGS)"; \
	$$compile --extra build -o requirements.lock pyproject.toml; \
	$$compile --extra build --extra dev -c requirements.lock -o requirements-dev.lock pyproject.toml

clean: ## what tools leave behind; the environment and the data under .keqi/ stay
	rm -rf .pytest_cache .ruff_cache .import_linter_cache .hypothesis
	find $(PACKAGES) -name __pycache__ -type d -prune -exec rm -rf {} +

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "keqi needs Python 3.11 or newer, this is " + sys.version.split()[0])'
	@$(PYTHON) -m venv $(VENV)

$(RUN_STAMP): | $(BIN)/python
	@echo "keqi: installing what requirements.lock pins into $(VENV)"
	@$(PIP) install --require-hashes --no-deps -r requirements.lock
	@PYTHONWARNINGS=ignore $(PIP) install --no-build-isolation --no-deps --editable .
	@rm -f $(VENV)/.keqi-run-* && touch $@

$(DEV_STAMP): $(RUN_STAMP)
	@echo "keqi: installing what requirements-dev.lock pins into $(VENV)"
	@$(PIP) install --require-hashes --no-deps -r requirements-dev.lock
	@rm -f $(VENV)/.keqi-dev-* && touch $@
