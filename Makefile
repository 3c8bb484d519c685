# How the portal is set up, run, tested and measured. `make help` lists the targets.
SHELL := /bin/bash
PORT ?= 8000
PYTHON := .venv/bin/python
READY := .venv/.ready

.DEFAULT_GOAL := help
.PHONY: help demo test up down check bench format lock

help: ## List the targets
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## /\1\t/' | expand -t 10

$(READY): requirements.lock pyproject.toml deploy/setup
	@deploy/setup

demo: $(READY) ## Run the whole portal in one process with sample data (PORT=8000)
	@$(PYTHON) -m deploy.demo --port $(PORT)

test: $(READY) ## Run every test against a real RabbitMQ and a real PostgreSQL
	@$(PYTHON) -m pytest

up: $(READY) ## Start RabbitMQ, PostgreSQL and one process per service; settings in .run/env
	@$(PYTHON) -m deploy.local up

down: $(READY) ## Stop what `make up` started and keep the data
	@$(PYTHON) -m deploy.local down

check: $(READY) ## Lint, types and import rules
	@.venv/bin/ruff check .
	@.venv/bin/ruff format --check .
	@.venv/bin/mypy
	@.venv/bin/lint-imports

bench: $(READY) ## Measure append, rpc and relay beside their peers
	@$(PYTHON) -m benchmarks

format: $(READY) ## Format the code
	@.venv/bin/ruff check --fix .
	@.venv/bin/ruff format .

lock: ## Renew requirements.lock from pyproject.toml (needs uv)
	uv pip compile pyproject.toml --extra dev --generate-hashes --no-emit-index-url --no-header \
		--no-annotate --python-version 3.11 --quiet -o requirements.lock
