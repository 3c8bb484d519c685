# How the portal is set up, run, tested and measured. `make help` lists the targets.
SHELL := /bin/bash
PORT ?= 8000
PYTHON := .venv/bin/python
READY := .venv/.ready
PAGES := services/gateway
ASSETS := $(PAGES)/static/vendor/.made-from

.DEFAULT_GOAL := help
.PHONY: help demo test faults up down check check-security bench format lock

help: ## List the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /\1\t/' | expand -t 16

$(READY): requirements.lock pyproject.toml deploy/setup
	@deploy/setup

$(ASSETS): $(READY) $(wildcard deploy/assets/*.*) $(wildcard $(PAGES)/templates/*.* $(PAGES)/templates/*/*.* $(PAGES)/static/*.* $(PAGES)/*.py)
	@$(PYTHON) -m deploy.assets

demo: $(ASSETS) ## Run the whole portal in one process with sample data (PORT=8000)
	@$(PYTHON) -m deploy.demo --port $(PORT)

test: $(ASSETS) ## Run every test against a real RabbitMQ and a real PostgreSQL
	@$(PYTHON) -m pytest -n 3 --dist loadfile

faults: $(READY) ## Break the running system on purpose, FAULT_ROUNDS=20 times a fault, and see that nothing is lost
	@FAULT_ROUNDS=$${FAULT_ROUNDS:-20} $(PYTHON) -m pytest tests/faults tests/e2e/test_compose.py -m "long or not long" -s

up: $(ASSETS) ## Start RabbitMQ, PostgreSQL and one process per service; settings in .run/env
	@$(PYTHON) -m deploy.local up

down: $(READY) ## Stop what `make up` started and keep the data
	@$(PYTHON) -m deploy.local down

check: $(READY) ## Lint, types, import rules, generated files up to date
	@.venv/bin/ruff check .
	@.venv/bin/ruff format --check .
	@.venv/bin/mypy
	@.venv/bin/lint-imports
	@.venv/bin/portalctl contracts asyncapi --check docs/asyncapi.json
	@$(PYTHON) -m deploy.catalogues --check

check-security: $(ASSETS) ## Look for holes in the code, what it stands on, what containers are made of, and a running demo
	@$(PYTHON) -m deploy.security

bench: $(ASSETS) ## Measure log, RPC, relay, search, sign-in, rebuild, workers, lag and load beside their peers (benchmarks/results)
	@$(PYTHON) -m benchmarks

format: $(READY) ## Format the code
	@.venv/bin/ruff check --fix .
	@.venv/bin/ruff format .

lock: ## Renew requirements.lock from pyproject.toml (needs uv)
	uv pip compile pyproject.toml --extra s3 --extra dev --generate-hashes --no-emit-index-url --no-header \
		--no-annotate --python-version 3.11 --quiet -o requirements.lock
	uv pip compile pyproject.toml --extra s3 --constraint requirements.lock --generate-hashes --no-emit-index-url --no-header \
		--no-annotate --python-version 3.11 --quiet -o deploy/containers/requirements.lock
