# Two commands matter: `make serve` runs the product, `make test` checks it.

VENV := .venv
BIN := $(VENV)/bin
INSTALLED := $(VENV)/.installed

.DEFAULT_GOAL := help
.PHONY: help serve test env lint format bench clean

help: ## List the targets
	@sed -n 's/^\([a-z]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | expand -t 10

serve: env ## Run everything until Ctrl-C (FIELDGATE_HOME, FIELDGATE_PORT, DATABASE_URL, REDIS_URL)
	@exec $(BIN)/fieldgate serve --follow-parent

test: lint ## Every check: style, types, imports, schema snapshot, tests
	$(BIN)/fieldgate schema --check
	$(BIN)/pytest -q -n auto --maxprocesses 4 --dist loadfile --no-loadscope-reorder

lint: env ## The checks that run nothing
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports

format: env ## Mend what ruff can mend
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

bench: env ## Measure: the gateway beside hand-written SQL, PostGraphile, an idiomatic server
	$(BIN)/python -m bench.run $(ARGS)

env: $(INSTALLED) ## Make .venv from requirements.lock

$(INSTALLED): requirements.lock pyproject.toml
	@.ci/environment $(VENV)
	@touch $@

clean: ## Remove .venv and caches; the data in .fieldgate stays
	rm -rf $(VENV) *.egg-info build .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find core plugins gateway tests bench -name __pycache__ -prune -exec rm -rf {} +
