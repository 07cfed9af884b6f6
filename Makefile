# Every target installs what it needs into this folder. Chromium, for the console's tests, is a system package.
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

.PHONY: help demo up unit test lint format fuzz chaos upgrade bench profile load growth memory large dashboards screenshots failed reencrypt \
	erase requirements prometheus chromium

help:
	@awk -F ':.*## ' '/^##@ / {printf "\n%s\n", substr($$0, 5)} /^[a-z]+:.*## / {printf "  %-14s%s\n", $$1, $$2}' $(MAKEFILE_LIST)

##@ Run

demo: .venv/.ready  ## Play an order's whole story on the local stack and check every outcome
	@$(RUN) python -m tests.lab.stack.prerequisites
	@$(RUN) python -m tests.lab.stack.demo

up: .venv/.ready  ## Run the local stack until Ctrl-C
	@$(RUN) python -m tests.lab.stack.prerequisites
	@$(RUN) python -m tests.lab.stack.up

##@ Test

unit: .venv/.ready  ## Run the unit tests: no process, no emulator, under 30 seconds
	@$(RUN) pytest -q -n 2 --dist loadfile tests/unit

test: lint chromium prometheus  ## Check everything: lint, unit, emulator, deployment and browser tests
	@$(RUN) python -m tests.lab.stack.prerequisites
	@$(RUN) pytest -n auto --maxprocesses=4 --dist loadfile --cov --cov-report=term

lint: .venv/.ready  ## Check style, words, types and imports
	@$(RUN) ruff check .
	@$(RUN) ruff format --check .
	@$(RUN) python .ci/words.py
	@$(RUN) mypy
	@PYTHONPATH=functions/console $(RUN) lint-imports --no-cache

format: .venv/.ready  ## Format the code
	@$(RUN) ruff check --fix . ; $(RUN) ruff format .

fuzz: .venv/.ready  ## Fuzz deliveries for SECONDS=60, and payloads generated from the contracts
	@$(RUN) python -m tests.lab.fuzz --drawn --seconds $(or $(SECONDS),60)

chaos: .venv/.ready  ## Inject faults into the local stack; check that no message is lost or applied twice
	@$(RUN) python -m tests.lab.stack.prerequisites
	@$(RUN) python -m tests.lab.chaos $(ARGS)

upgrade: .venv/.ready  ## Switch between the last release's functions and the present ones under load; check as chaos does
	@$(RUN) python -m tests.lab.stack.prerequisites
	@$(RUN) python -m tests.lab.upgrade $(ARGS)

##@ Measure

bench: .venv/.ready  ## Compare the cost of a message with the lowest possible cost; takes minutes
	@$(RUN) python -m tests.lab.bench $(ARGS)

profile: .venv/.ready  ## Show where the processor time of a message goes; another function: ARGS=ship
	@$(RUN) python -m tests.lab.bench.profile $(ARGS)

load: .venv/.ready  ## Load the stack as requirements 10.2 ask; longer: ARGS="--rate 10 --minutes 15 --customers 1000"
	@$(RUN) python -m tests.lab.stack.prerequisites
	@$(RUN) python -m tests.lab.load $(ARGS)

growth: .venv/.ready  ## Check that the cost of a message does not grow with stored orders and lines
	@$(RUN) python -m tests.lab.stack.prerequisites
	@$(RUN) python -m tests.lab.growth $(ARGS)

memory: .venv/.ready  ## Check memory over 20,000 messages and for one of 10 MB
	@$(RUN) python -m tests.lab.memory $(ARGS)

large: .venv/.ready  ## Run an order of 10 MB through the local stack; print the peak memory of each function
	@$(RUN) python -m tests.lab.stack.prerequisites
	@$(RUN) python -m tests.lab.large_order $(ARGS)

dashboards: .venv/.ready prometheus  ## Draw the dashboards from a run of the local stack; the last run: ARGS=--recorded
	@$(RUN) python -m tests.lab.stack.prerequisites
	@$(RUN) python -m tests.lab.dashboards $(ARGS)

screenshots: .venv/.ready chromium  ## Take the documents' pictures of the console
	@$(RUN) python -m tests.lab.stack.prerequisites
	@$(RUN) python -m tests.browser.screenshots

##@ Operate

failed: .venv/.ready  ## Review failed messages: ARGS="groups", "list", "show ID", "replay ID", "edit ID", "--help"
	@functions/console/failed $(ARGS)

reencrypt: .venv/.ready $(STACK_ENV)  ## On the running stack, encrypt with the primary key what older keys encrypted
	@set -a; . $(STACK_ENV); $(RUN) python -m shared.maintenance reencrypt

erase: .venv/.ready $(STACK_ENV)  ## On the running stack, erase a customer: CUSTOMER="CUST-000003"; ARGS="--thorough"
	@set -a; . $(STACK_ENV); $(RUN) python -m shared.maintenance erase "$(CUSTOMER)" $(ARGS)

requirements: $(UV)  ## Export the functions' requirements from the lock file
	@$(UV) export --frozen --no-default-groups --no-annotate --no-header --quiet --format requirements.txt -o functions/requirements.txt

# What the targets above need.

$(STACK_ENV):
	@echo "make: no stack is running; start one with: make up" >&2; exit 1

prometheus: | $(UV)
	@tests/terraform/install_prometheus.sh "$(CURDIR)/.tools/bin"

chromium:
	@tests/browser/install_chromium.sh

.venv/.ready: uv.lock pyproject.toml | $(UV)
	@$(UV) sync --frozen --quiet
	@touch $@

.tools/bin/uv:
	@command -v $(PYTHON) >/dev/null || { echo "make: $(PYTHON) not found; install Python 3.11 or newer, or say PYTHON=/path/to/python3" >&2; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "make: $(PYTHON) is older than 3.11; install Python 3.11 or newer, or say PYTHON=/path/to/python3.11" >&2; exit 1; }
	@$(PYTHON) -m venv .tools || { echo "make: cannot create a virtual environment; install python3-venv" >&2; exit 1; }
	@.tools/bin/pip install --quiet --disable-pip-version-check "uv==$(UV_VERSION)"
