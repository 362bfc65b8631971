# Everything runs in a virtual environment of its own; PYTHON picks the interpreter that makes it.
VENV ?= .venv
COMPILED ?= .venv-compiled
EXTRA ?=
BIN := $(VENV)/bin
ARGS ?=
JOBS ?= auto

PYTHON ?= $(shell for name in python3 python3.14 python3.13 python3.12 python3.11; do \
	$$name -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && { echo $$name; break; }; \
	done)

.PHONY: help run test lint bench compiled clean

help:
	@echo "make run    install into $(VENV) and answer calls on port 5060 (ARGS='--listen udp:5070')"
	@echo "make test   install what the tests need and run all of them"
	@echo "make lint   only the style and type checks"
	@echo "make bench  measure speed side by side with SIPp (ARGS='--quick')"
	@echo "make compiled  install into $(COMPILED) with the hot path compiled; needs a C compiler"
	@echo "make clean  remove $(VENV), $(COMPILED) and everything that was built"

$(BIN)/python $(COMPILED)/bin/python:
	@test -n "$(PYTHON)" || { echo "Python 3.11 or later is needed, and none was found; name one with PYTHON=..." >&2; exit 1; }
	@$(PYTHON) -m venv $(@:/bin/python=) || { rm -rf $(@:/bin/python=); echo "$(PYTHON) could not make a virtual environment (on Debian: apt install python3-venv)." >&2; exit 1; }

# The stamps are remade when the dependencies change, so that a second run starts at once.
$(VENV)/installed: pyproject.toml | $(BIN)/python
	$(BIN)/python -m pip install --quiet --editable .
	@touch $@

$(VENV)/test-installed: pyproject.toml | $(BIN)/python
	$(BIN)/python -m pip install --quiet --editable '.[test]'
	@touch $@ $(VENV)/installed

# Built from a copy: compiled modules beside their sources would hide them from everything else.
$(COMPILED)/compiled: pyproject.toml $(shell find responder -type f -not -name '*.pyc') | $(COMPILED)/bin/python
	rm -rf $(COMPILED)/sources && mkdir $(COMPILED)/sources
	cp -r responder pyproject.toml README.md LICENSE $(COMPILED)/sources
	HATCH_BUILD_HOOK_ENABLE_MYPYC=1 $(COMPILED)/bin/python -m pip install --quiet '$(COMPILED)/sources$(EXTRA)'
	@touch $@

run: $(VENV)/installed
	@exec $(BIN)/responder serve $(ARGS)

lint: $(VENV)/test-installed
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

test: lint
	$(BIN)/coverage erase
	$(BIN)/python -m pytest -n $(JOBS) --cov --cov-report=term --cov-fail-under=95 $(ARGS)

bench: $(VENV)/test-installed $(if $(COMPILED),$(COMPILED)/compiled)
	$(BIN)/python -m benchmarks $(if $(COMPILED),--compiled $(COMPILED)/bin/python) $(ARGS)

compiled: $(if $(COMPILED),$(COMPILED)/compiled)

clean:
	rm -rf $(VENV) $(COMPILED) build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .coverage .coverage.*
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
