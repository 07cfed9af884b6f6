# Every target installs what it needs into this folder. `make test` uses Terraform, Chromium and Prometheus where it finds
# them; `make chromium` and `make prometheus` bring two of them from Debian's packages.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

PYTHON ?= python3
UV_VERSION := 0.13.9
UV := .tools/bin/uv
RUN := $(UV) run --frozen
INSTALL_UV := install --quiet --disable-pip-version-check "uv==$(UV_VERSION)"
WITH_MAKE := tests/lab/stack/die_with_parent.py $$PPID 15
STACK_ENV ?= .stack/env
export UV_PYTHON_DOWNLOADS := never
export UV_PYTHON := $(PYTHON)
# Every process of a stack loads the same modules: compile them once, whatever the machine's default is.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help demo up doctor tools clean unit test coverage lint contracts validate publish tail format fuzz soak chaos outage upgrade restore bench profile load growth memory large mutants \
	dashboards screenshots failed reencrypt erase requirements prometheus chromium python compiled-tests

help:
	@awk -F ':.*## ' '/^##@ / {printf "\n%s\n", substr($$0, 5)} /^[a-z]+:.*## / {printf "  %-14s%s\n", $$1, $$2}' $(MAKEFILE_LIST)

##@ Run

demo: tools  ## Play an order's whole story on the local stack and check every outcome
	@$(RUN) python -m tests.lab.stack.demo

up: tools  ## Run the local stack until Ctrl-C and reload changed code; some functions: FUNCTIONS="order_create ship"; failures to look at: DEMO=1
	@exec .venv/bin/python $(WITH_MAKE) .venv/bin/python -m tests.lab.stack.up --reload \
		--env-file "$(STACK_ENV)" $(if $(FUNCTIONS),--only "$(FUNCTIONS)") $(if $(DEMO),--demo --time-scale 0.05)

doctor: python  ## Show what this machine has, what make would fetch, and what is missing
	@"$(PYTHON)" -m tests.lab.stack.doctor

tools: .venv/.ready  ## Fetch Java and Google's emulators, where the machine has none
	@$(RUN) python -m tests.lab.stack.prerequisites

clean:  ## Remove all that make has put into this folder: packages, tools, state of the local stack, reports
	@rm -rf .venv .tools .stack .reports .hypothesis .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .coverage .coverage.*
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

##@ Test

unit: .venv/.ready  ## Run the unit tests: no process, no emulator, under 30 seconds
	@$(RUN) pytest -q -n 2 --dist loadfile tests/unit

test: tools  ## Check everything: lint, unit, emulator, deployment and browser tests
	@$(RUN) python -m tests.tools
	@$(MAKE) -j2 lint compiled-tests
	@$(RUN) pytest -n auto --maxprocesses=4 --dist loadfile

coverage: tools  ## Report which lines the unit tests do not run
	@$(RUN) pytest -q -n auto --dist loadfile --cov --cov-report=term tests/unit

mutants: .venv/.ready  ## Change the code and see whether a unit test fails; some of it: ARGS="--room domain --count 300 --minutes 20"
	@$(RUN) python -m tests.lab.mutants $(ARGS)

lint: .venv/.ready  ## Check style, words, types and imports
	@types=$$(mktemp); trap 'rm -f "$$types"; kill $$! 2>/dev/null || :' EXIT; failed=0; \
	$(RUN) mypy >"$$types" 2>&1 & \
	{ $(RUN) ruff check . && $(RUN) ruff format --check . && $(RUN) python .ci/words.py \
		&& PYTHONPATH=functions/console $(RUN) lint-imports --no-cache; } || failed=1; \
	wait "$$!" || failed=1; cat "$$types"; exit "$$failed"

contracts: .venv/.ready  ## Generate the published contracts; fail where they break the released ones. Release: ARGS=--release
	@$(RUN) python -m tests.lab.contracts $(ARGS)

format: .venv/.ready  ## Format the code
	@$(RUN) ruff check --fix . ; $(RUN) ruff format .

fuzz: .venv/.ready  ## Fuzz deliveries for SECONDS=60, and payloads generated from the contracts
	@$(RUN) python -m tests.lab.fuzz --drawn --seconds $(or $(SECONDS),60)

soak: tools  ## Run the largest tests at their whole size: 2,000 waiting orders, a burst of 200 messages of 10 MB
	@FULL_SIZE=1 $(RUN) pytest -s tests/emulator/consumer/test_waiting_list.py tests/emulator/consumer/test_hostile_memory.py tests/emulator/consumer/test_hostile_input.py

chaos: tools  ## Inject faults into the local stack; check that no message is lost or applied twice
	@$(RUN) python -m tests.lab.chaos $(ARGS)

outage: tools  ## Take Firestore away for ten minutes under load; check that it heals without a person; other services: ARGS="--away kms"
	@$(RUN) python -m tests.lab.outage $(ARGS)

upgrade: tools  ## Switch between the last release's functions and the present ones under load; check as chaos does
	@$(RUN) python -m tests.lab.upgrade $(ARGS)

restore: tools  ## Lose the database under load, restore an older copy, seek the subscriptions; compare with a run without the loss
	@$(RUN) python -m tests.lab.restore $(ARGS)

##@ Measure

bench: .venv/.ready  ## Compare the cost of a message with the lowest possible cost; takes minutes
	@$(RUN) python -m tests.lab.bench $(ARGS)

profile: .venv/.ready  ## Show where the processor time of a message goes; another function: ARGS=ship
	@$(RUN) python -m tests.lab.bench.profile $(ARGS)

load: tools  ## Load the stack as requirements 10.2 ask; an hour: ARGS="--minutes 60 --segment-minutes 10 --customers 1000"
	@$(RUN) python -m tests.lab.load $(ARGS)

growth: tools  ## Check that the cost of a message does not grow with stored orders and lines
	@$(RUN) python -m tests.lab.growth $(ARGS)

memory: .venv/.ready  ## Check memory over 20,000 messages and for one of 10 MB
	@$(RUN) python -m tests.lab.memory $(ARGS)

large: tools  ## Run an order of 10 MB through the local stack; print the peak memory of each function
	@$(RUN) python -m tests.lab.large_order $(ARGS)

dashboards: tools prometheus  ## Draw the dashboards from a run of the local stack; the last run: ARGS=--recorded
	@$(RUN) python -m tests.lab.dashboards $(ARGS)

screenshots: tools chromium  ## Take the documents' pictures of the console
	@$(RUN) python -m tests.browser.screenshots

##@ For partners

validate: .venv/.ready  ## Print every problem of a message: FILE=order.json TOPIC=order-create, EVENT_TYPE=... where it has several
	@$(RUN) python -m tests.lab.contracts.validate "$(FILE)" "$(TOPIC)" --event-type "$(EVENT_TYPE)"

publish: .venv/.ready $(STACK_ENV)  ## Publish a message to the running stack: FILE=order.json TOPIC=order-create
	@$(RUN) python -m tests.lab.contracts.publish "$(FILE)" "$(TOPIC)" --event-type "$(EVENT_TYPE)"

tail: .venv/.ready $(STACK_ENV)  ## Print the events of order-events as they come, until Ctrl-C
	@$(RUN) python -m tests.lab.contracts.tail $(ARGS)

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

# Each worker of pytest would compile all tests. What fails here fails again in the run, with its text.
compiled-tests: .venv/.ready
	@$(RUN) pytest --collect-only -qq >/dev/null 2>&1 || :

$(STACK_ENV):
	@echo "make: no stack is running; start one with: make up" >&2; exit 1

prometheus: | $(UV)
	@tests/terraform/install_prometheus.sh "$(CURDIR)/.tools/bin"

chromium:
	@tests/browser/install_chromium.sh

.venv/.ready: uv.lock pyproject.toml | $(UV)
	@$(UV) sync --frozen --quiet
	@touch $@

python:
	@command -v "$(PYTHON)" >/dev/null || { echo "make: $(PYTHON) not found; install Python 3.11 or newer, or say PYTHON=/path/to/python3" >&2; exit 1; }
	@"$(PYTHON)" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "make: $(PYTHON) is older than 3.11; install Python 3.11 or newer, or say PYTHON=/path/to/python3.11" >&2; exit 1; }

# Debian's Python has no ensurepip without the package python3-venv.
.tools/bin/uv: | python
	@if "$(PYTHON)" -c 'import ensurepip' 2>/dev/null; \
	then "$(PYTHON)" -m venv .tools && .tools/bin/python -m pip $(INSTALL_UV); \
	else "$(PYTHON)" -m venv --without-pip .tools && .tools/bin/python .ci/pip.py $(INSTALL_UV); fi
