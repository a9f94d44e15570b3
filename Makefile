# make run: the window (without a screen: the main job on the sample pictures, into demo-out/)
# make test: system libraries, environment, checks and the whole test suite, from nothing
# Both make what they need first; a second call takes seconds.

export UV_NO_PROGRESS := 1
export QT_LOGGING_RULES := qt.qpa.fonts=false
# Without bytecode every import takes two to three times as long.
unexport PYTHONDONTWRITEBYTECODE

PYTHON ?= python3
# Processes that the tests are shared out to.
JOBS ?= 2
VENV := .venv
PY := $(VENV)/bin/python
STAMP := $(VENV)/.made
OFFSCREEN := QT_QPA_PLATFORM=offscreen

.PHONY: run test check types lint suite env system bench torture clicks screenshots constraints clean

run: system $(STAMP)
	@$(PY) -m app $(ARGS)

test: system $(STAMP)
	@$(MAKE) --no-print-directory check suite

check: lint types

lint: $(STAMP)
	$(PY) -m ruff check app plugins tests
	$(PY) -m ruff format --check app plugins tests
	$(VENV)/bin/lint-imports --no-cache

types: $(STAMP)
	$(PY) -m mypy

suite: $(STAMP)
	$(OFFSCREEN) $(PY) -m pytest -n $(JOBS) --dist loadfile $(ARGS)

env: $(STAMP)

system:
	@bash packaging/system-libraries.sh

$(STAMP): requirements/constraints.txt
	@bash packaging/make-environment.sh "$(PYTHON)" "$(VENV)"
	@touch $@

bench: system $(STAMP)
	$(OFFSCREEN) $(PY) -m tests.bench $(ARGS)

# Kill the program in the middle of edits, 200 times, and check that nothing but the edit in flight is missing.
torture: system $(STAMP)
	$(OFFSCREEN) $(PY) -m tests.torture $(ARGS)

clicks: $(STAMP)
	$(PY) -m app evaluate clicks $(ARGS)

screenshots: system $(STAMP)
	$(OFFSCREEN) $(PY) -m tests.screenshots docs/screenshots

# Pin again after a change in pyproject.toml.
constraints:
	@bash packaging/pin.sh "$(PYTHON)"

clean:
	rm -rf $(VENV) .venv-boot demo-out build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis
