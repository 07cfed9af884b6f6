# Every target bootstraps what it needs inside this folder; only the tests' browser is one of the system's packages.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

PYTHON ?= python3
UV_VERSION := 0.13.9
UV := .tools/bin/uv
RUN := $(UV) run --frozen
STACK_ENV ?= .stack/env
export UV_PYTHON_DOWNLOADS := never
export UV_PYTHON := $(PYTHON)

.PHONY: help demo up failed reencrypt erase screenshots dashboards test bench profile growth memory load chaos fuzz prometheus chromium lint format requirements

help:  ## Say what there is
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

demo: .venv/.ready  ## Play order creation on real messages: starts the local stack, prints what became of each
	@$(RUN) python -m tests.lab.stack.preflight
	@$(RUN) python -m tests.lab.stack.demo

up: .venv/.ready  ## Run the local stack until Ctrl-C
	@$(RUN) python -m tests.lab.stack.preflight
	@$(RUN) python -m tests.lab.stack.up

failed: .venv/.ready  ## Review failed messages: ARGS="list", "show ID", "replay ID", "discard ID --reason WHY"
	@$(RUN) python functions/console/cli.py $(ARGS)

screenshots: .venv/.ready chromium  ## Take the README's pictures of the console anew
	@$(RUN) python -m tests.lab.stack.preflight
	@$(RUN) python -m tests.browser.screenshots

dashboards: .venv/.ready prometheus  ## Draw the dashboards from a run of the local stack; the last one once more: ARGS=--recorded
	@$(RUN) python -m tests.lab.stack.preflight
	@$(RUN) python -m tests.lab.dashboards $(ARGS)

test: lint chromium prometheus  ## Lint, types, layers, unit, emulator and browser tests
	@$(RUN) python -m tests.lab.stack.preflight
	@$(RUN) pytest -n auto --maxprocesses=4 --dist loadfile --cov --cov-report=term

bench: .venv/.ready  ## Measure what a message costs, against the least it could; some minutes
	@$(RUN) python -m tests.lab.bench $(ARGS)

profile: .venv/.ready  ## Say where a message's processor time goes; of another function: ARGS=ship
	@$(RUN) python -m tests.lab.bench.profile $(ARGS)

growth: .venv/.ready  ## Measure what a message costs as stored orders and lines become more; fails where it grows too much
	@$(RUN) python -m tests.lab.stack.preflight
	@$(RUN) python -m tests.lab.growth $(ARGS)

memory: .venv/.ready  ## Measure memory over 20,000 messages and for one of 10 MB; fails where it grows or is too much
	@$(RUN) python -m tests.lab.memory $(ARGS)

load: .venv/.ready  ## Load the stack as requirements 10.2 say; longer: ARGS="--rate 10 --minutes 15 --customers 1000"
	@$(RUN) python -m tests.lab.stack.preflight
	@$(RUN) python -m tests.lab.load $(ARGS)

chaos: .venv/.ready  ## Raise a storm of faults over the stack and prove that nothing is lost or happens twice
	@$(RUN) python -m tests.lab.stack.preflight
	@$(RUN) python -m tests.lab.chaos $(ARGS)

reencrypt: .venv/.ready $(STACK_ENV)  ## Re-encrypt, on the running stack, what older keys of its keyset encrypted
	@set -a; . $(STACK_ENV); $(RUN) python -m shared.maintenance reencrypt

erase: .venv/.ready $(STACK_ENV)  ## Erase a customer from the running stack: CUSTOMER="CUST-000003"; ARGS="--thorough"
	@set -a; . $(STACK_ENV); $(RUN) python -m shared.maintenance erase "$(CUSTOMER)" $(ARGS)

$(STACK_ENV):
	@echo "make: no stack is running; start one with: make up" >&2; exit 1

fuzz: .venv/.ready  ## Fuzz deliveries by coverage for SECONDS=60, and payloads drawn from the contracts
	@$(RUN) python -m tests.lab.fuzz --drawn --seconds $(or $(SECONDS),60)

prometheus: | $(UV)  ## Fetch what evaluates the PromQL of alerts and dashboards, where apt-get is there
	@tests/terraform/install_prometheus.sh "$(CURDIR)/.tools/bin"

chromium:  ## Install the browser of the console's tests, where root and apt-get are there
	@tests/browser/install_chromium.sh

lint: .venv/.ready  ## Style, types and layering
	@$(RUN) ruff check .
	@$(RUN) ruff format --check .
	@$(RUN) python .ci/words.py --count
	@$(RUN) mypy
	@PYTHONPATH=functions/console $(RUN) lint-imports --no-cache

format: .venv/.ready  ## Rewrite to the house style
	@$(RUN) ruff check --fix . ; $(RUN) ruff format .

requirements: $(UV)  ## Export what the functions are built with from the lock file
	@$(UV) export --frozen --no-default-groups --no-annotate --no-header --quiet --format requirements.txt -o functions/requirements.txt

.venv/.ready: uv.lock pyproject.toml | $(UV)
	@$(UV) sync --frozen --quiet
	@touch $@

.tools/bin/uv:
	@command -v $(PYTHON) >/dev/null || { echo "make: $(PYTHON) not found; install Python 3.11 or newer, or say PYTHON=/path/to/python3" >&2; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "make: $(PYTHON) is older than 3.11; install Python 3.11 or newer, or say PYTHON=/path/to/python3.11" >&2; exit 1; }
	@$(PYTHON) -m venv .tools || { echo "make: cannot create a virtual environment; install python3-venv" >&2; exit 1; }
	@.tools/bin/pip install --quiet --disable-pip-version-check "uv==$(UV_VERSION)"
