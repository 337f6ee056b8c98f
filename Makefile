# The two commands of the README: `make try` and `make test`. Both set up .venv first; only python3, pip, git and
# make are needed.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

.PHONY: try test lint messages reference docs clean

try: $(VENV)/.installed
	$(BIN)/gigaam transcribe -m demo examples/recordings -o texts -F txt
	@for text in texts/*.txt; do echo; echo "== $$text"; cat "$$text"; done
	@echo
	@echo "A recording of your own:  $(BIN)/gigaam transcribe -m demo FILE"
	@echo "The menu:                 $(BIN)/gigaam"
	@echo "The real model, 0.9 GB:   $(BIN)/gigaam models pull v3_e2e_rnnt"

test: $(VENV)/.tested lint
	$(BIN)/python -m pytest -n auto --dist worksteal

lint: $(VENV)/.tested
	$(BIN)/ruff check src tests tools benchmarks
	$(BIN)/ruff format --check src tests tools benchmarks
	$(BIN)/mypy

messages: $(VENV)/.tested
	$(BIN)/python tools/messages.py
	$(BIN)/python -m tools.error_codes

docs: $(VENV)/.tested
	NO_MKDOCS_2_WARNING=1 $(BIN)/python -m mkdocs build --strict

reference: $(VENV)/.tested
	$(BIN)/python tools/reference.py
	$(BIN)/python tools/reference.py --language ru

$(VENV)/.installed: pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 10))' || \
		{ echo "gigaam needs Python 3.10 or newer; name one: make PYTHON=python3.12 try"; exit 1; }
	@echo "Setting up $(VENV): some 700 MB, a minute or two"
	$(PYTHON) -m venv --clear $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e .
	touch $@

$(VENV)/.tested: $(VENV)/.installed
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e .[test]
	touch $@

clean:
	rm -rf $(VENV) texts site
