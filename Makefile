# Everything runs in a virtual environment of its own; nothing outside this folder is changed,
# but that `make test` installs Chromium, PostgreSQL and nginx where they are missing and it may.
PYTHON ?= $(shell command -v python3.11 || command -v python3)
PORT ?= 1218
# The versions of constraints.txt, or the newest there are, or the lowest that pyproject.toml declares.
LANE ?= pinned
ifeq ($(LANE),pinned)
VENV := .venv
CONSTRAINTS := constraints.txt
else
VENV := .venv-$(LANE)
CONSTRAINTS := $(VENV)/constraints.txt
endif
UPGRADE := $(if $(filter newest,$(LANE)),--upgrade --upgrade-strategy eager)
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint $(CONSTRAINTS)
INSTALL := $(PIP) --build-constraint $(CONSTRAINTS) $(UPGRADE)
export PATH := $(CURDIR)/$(BIN):$(PATH)

.PHONY: demo test fuzz engines check bench docs release-check constraints clean .venv-newest/constraints.txt

demo: $(VENV)/.demo
	@imd demo --port $(PORT) --data var/demo

test: $(VENV)/.dev
	@scripts/test

fuzz: $(VENV)/.dev
	@pytest -q -n 2 -m hypothesis --hypothesis-profile=fuzz

engines: $(VENV)/.dev
	@scripts/engines

check: $(VENV)/.dev
	@scripts/check

bench: $(VENV)/.dev
	@scripts/bench

docs: $(VENV)/.dev
	@pytest -q tests/docs

release-check: $(VENV)/.dev
	@PIP_CONSTRAINT=$(CONSTRAINTS) python scripts/release_check.py

constraints: $(VENV)/pip
	@$(INSTALL) --group constraints
	@python scripts/update_constraints.py $(NOW)

clean:
	rm -rf .venv .venv-newest .venv-lowest dist var tests/artifacts

.venv-newest/constraints.txt:
	@mkdir -p $(@D)
	@: > $@

.venv-lowest/constraints.txt: pyproject.toml scripts/lower_bounds.py
	@mkdir -p $(@D)
	@$(PYTHON) scripts/lower_bounds.py > $@

$(VENV)/pip: $(CONSTRAINTS)
	@$(PYTHON) -c 'import sys; sys.version_info >= (3, 11) or sys.exit("Python 3.11 or newer is needed; name it with PYTHON=")'
	@$(PYTHON) -m venv $(VENV)
	@$(PIP) --upgrade pip
	@touch $@

$(VENV)/.demo: $(VENV)/pip pyproject.toml
	@echo 'Installing into $(VENV) …'
	@$(INSTALL) -e '.[all]'
	@touch $@

$(VENV)/.dev: $(VENV)/pip pyproject.toml
	@echo 'Installing into $(VENV) …'
	@$(INSTALL) -e '.[all]' --group dev
	@touch $@ $(VENV)/.demo
