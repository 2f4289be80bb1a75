# Everything runs in a virtual environment of its own; nothing outside this folder is changed,
# but that `make test` installs Chromium and PostgreSQL where they are missing and it may.
PYTHON ?= $(shell command -v python3.11 || command -v python3)
PORT ?= 1218
VENV := .venv
BIN := $(VENV)/bin
export PATH := $(CURDIR)/$(BIN):$(PATH)

.PHONY: demo test fuzz engines check bench docs release-check clean

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
	@python scripts/release_check.py

clean:
	rm -rf $(VENV) dist var tests/artifacts

$(VENV)/pip:
	@$(PYTHON) -c 'import sys; sys.version_info >= (3, 11) or sys.exit("Python 3.11 or newer is needed; name it with PYTHON=")'
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --upgrade 'pip>=25.1'
	@touch $@

$(VENV)/.demo: $(VENV)/pip pyproject.toml
	@echo 'Installing into $(VENV) …'
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[all]'
	@touch $@

$(VENV)/.dev: $(VENV)/pip pyproject.toml
	@echo 'Installing into $(VENV) …'
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[all]' --group dev
	@touch $@ $(VENV)/.demo
