# Everything a person does here. `make` lists it.
.DEFAULT_GOAL := help
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c

ifndef PYTHON
PYTHON := $(shell local/find_python.sh)
endif
BIN := .venv/bin
SAM_BIN := .venv-sam/bin
# SAM CLI looks for python3.13 on PATH, asks AWS for usage statistics, and for credentials on the
# network, unless told otherwise.
SAM_ENV := PATH="$$PATH:$(dir $(PYTHON))" SAM_CLI_TELEMETRY=0 AWS_EC2_METADATA_DISABLED=true \
	AWS_DEFAULT_REGION=eu-west-1 AWS_ACCESS_KEY_ID=none AWS_SECRET_ACCESS_KEY=none
PIP_INSTALL := -m pip install --quiet --disable-pip-version-check --require-hashes

.PHONY: help
help: ## list the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

.PHONY: run
run: .venv/ready .venv-emulator/ready ## the whole stack on this machine, until Ctrl-C (PORT=, ALLOW_ORIGINS=)
	@exec $(BIN)/python -m local

.PHONY: test
test: .venv/ready .venv-emulator/ready ## every test that needs no cloud and no Docker
	@tests/run.sh $(PYTEST_ARGS)

.PHONY: discounts-long
discounts-long: .venv/ready ## what always holds of discounts, on 20,000 drawn cases of each (EXAMPLES=)
	DISCOUNT_EXAMPLES=$(or $(EXAMPLES),20000) $(BIN)/pytest tests/unit/domain/discounts -k "properties or oracle" --timeout=0

.PHONY: cover
cover: .venv/ready .venv-emulator/ready ## the tests, with what they reach
	$(BIN)/pytest --cov --cov-report=term-missing:skip-covered

.PHONY: race
race: .venv/ready ## many tills at one customer's points, on any deployment (URL=, KEY=, TRIES=, THREADS=)
	@$(BIN)/python -m tools.race

.PHONY: simulate
simulate: .venv/ready ## tills, faults and time around the points, by seeds (SEEDS=2000, FIRST=0, PROVIDER=ledger|http)
	@$(BIN)/python -m tests.simulation --seeds $(or $(SEEDS),2000) --first $(or $(FIRST),0) \
		--provider $(or $(PROVIDER),ledger)

.PHONY: check
check: lint types imports openapi-check lock-check template build ## every gate, as in CI

.PHONY: format
format: .venv/ready ## put the sources in their one form
	$(BIN)/ruff check --fix --quiet
	$(BIN)/ruff format --quiet

.PHONY: lint
lint: .venv/ready
	$(BIN)/ruff check
	$(BIN)/ruff format --check

.PHONY: types
types: .venv/ready
	$(BIN)/mypy

.PHONY: imports
imports: .venv/ready
	$(BIN)/lint-imports

.PHONY: openapi
openapi: .venv/ready ## write what is generated: of docs/ the API, errors, cases, tillctl; the models of AWS
	$(BIN)/python -m tools.docs

.PHONY: openapi-check
openapi-check: .venv/ready
	$(BIN)/python -m tools.docs --check

.PHONY: template
template: .venv-sam/ready ## validate template.yaml in every way there is
	$(SAM_ENV) $(SAM_BIN)/sam validate
	$(SAM_ENV) $(SAM_BIN)/sam validate --lint
	mkdir -p .local
	$(SAM_ENV) $(SAM_BIN)/python -m tools.translate_template > .local/translated.json
	$(SAM_BIN)/cfn-lint .local/translated.json

.PHONY: build
build: .venv/ready .venv-sam/ready ## sam build: what the cloud gets, in .aws-sam/build
	rm -rf .aws-sam/build && mkdir -p .local
	$(SAM_ENV) $(SAM_BIN)/sam build > .local/sam-build.log 2>&1 || { cat .local/sam-build.log; exit 1; }
	$(BIN)/python -m tools.package_guard .aws-sam/build

.PHONY: sam-local
sam-local: .venv/ready .venv-sam/ready build ## events/ through sam local, in containers, where an engine can be started
	$(SAM_ENV) tools/sam_local/run

.PHONY: deploy
deploy: build ## sam deploy (STAGE=default|prod)
	$(SAM_BIN)/sam deploy --config-env $(or $(STAGE),default)

# Pins change here and nowhere else: edit pyproject.toml, run this, commit both.
COMPILE := $(BIN)/uv pip compile --quiet --universal --generate-hashes --python-version 3.11 --no-header
.PHONY: lock
lock: .venv/ready ## write the hashed pins from pyproject.toml (UPGRADE=--upgrade for newer ones)
	$(COMPILE) $(UPGRADE) pyproject.toml -o layers/dependencies/requirements.txt
	$(COMPILE) $(UPGRADE) pyproject.toml --group dev -c layers/dependencies/requirements.txt -o requirements/dev.txt
	$(COMPILE) $(UPGRADE) --group emulator -o requirements/emulator.txt
	$(COMPILE) $(UPGRADE) --group sam -o requirements/sam.txt
	$(COMPILE) $(UPGRADE) --group bench -o requirements/bench.txt
	$(COMPILE) $(UPGRADE) --group load -o requirements/load.txt
	$(COMPILE) $(UPGRADE) --group lambda-image -c requirements/dev.txt -o tools/sam_local/requirements.txt

.PHONY: lock-check
lock-check: .venv/ready
	$(BIN)/python -m tools.lock_check

.PHONY: bench
bench: .venv/ready .venv-bench/ready ## what a request costs, beside a floor and others (ROW=lookup)
	@$(BIN)/python -m bench.gateway $(if $(ROW),--row "$(ROW)") $(BENCH_ARGS)

.PHONY: load
load: .venv/ready .venv-emulator/ready .venv-load/ready ## many tills, one merchant slow, one dead, one flooding (DURATION_S=20)
	@$(BIN)/python -m bench.load

.PHONY: bench-discounts
bench-discounts: .venv/ready .venv-bench/ready ## the discount engine against a bare loop and django-oscar
	$(BIN)/python -m bench.discounts

.PHONY: bench-screen
bench-screen: .venv/ready ## a customer's screen of four parts that take 100 ms each
	$(BIN)/python -m bench.screen

.PHONY: clean
clean: ## remove everything that was made here
	rm -rf .venv .venv-emulator .venv-sam .venv-bench .venv-load .local .aws-sam build *.egg-info layers/core/*.egg-info

# Environments that never mix: ours, the emulator's, SAM CLI's, the benchmark's peers' and Locust's.
.venv/ready: requirements/dev.txt pyproject.toml
	@test -n "$(PYTHON)"
	@echo "Making .venv with $$($(PYTHON) --version): about half a minute, once"
	@$(PYTHON) -m venv --clear .venv
	@$(BIN)/python $(PIP_INSTALL) -r $<
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-build-isolation --no-deps -e .
	@ln -sf ../../tools/tillctl/run $(BIN)/tillctl
	@touch $@

.venv-%/ready: requirements/%.txt
	@test -n "$(PYTHON)"
	@echo "Making .venv-$* with $$($(PYTHON) --version): about half a minute, once"
	@$(PYTHON) -m venv --clear .venv-$*
	@.venv-$*/bin/python $(PIP_INSTALL) -r $<
	@touch $@
