# Everything that a developer types. What is more than a line of shell lives in scripts/.

# -I: neither PYTHON* variables nor the folder decide what is imported.
# Four at a time, because many wait for others; the tests of one file stay together, because they share what is costly to start.
PYTEST := bin/python -I -m pytest -n 4 --dist loadfile --no-loadscope-reorder
BOOTSTRAP := sh scripts/bootstrap.sh
NPM_SERVERS := server-everything server-filesystem server-memory server-sequential-thinking

# These count when they are typed, not when some environment happens to have them, and as they are typed.
TYPED := $(foreach name,DIR ARGS PYTHON,$(if $(filter command,$(origin $(name))),$(name)))
typed = $(if $(filter $(1),$(TYPED)),$(value $(1)))
ARGUMENTS := $(call typed,ARGS)

# The folder that the user is in. `make -C here` has left it before it reads this, and PWD still names it; but PWD
# counts for nothing where a program started make. -C shows as the flag -w, or, with -s, on make's own command line.
FLAGS := $(filter-out --%,$(firstword -$(MAKEFLAGS)))
ELSEWHERE := $(if $(filter-out $(CURDIR),$(PWD)),$(or $(findstring w,$(FLAGS)),$(filter \
    -C% -%C --directory%,$(shell ps -o args= -p $$PPID))))
FROM := $(if $(ELSEWHERE),$(PWD),$(CURDIR))
MAKEFLAGS += --no-print-directory

export CODEX_PY_TYPED := $(TYPED)
export CODEX_PY_FROM := $(FROM)
export CODEX_PY_DIR := $(call typed,DIR)
export CODEX_PY_ARGS := $(ARGUMENTS)
export CODEX_PY_PYTHON := $(call typed,PYTHON)

.PHONY: help run test check test-all crash-test fuzz bench install test-deps lock clean
.DEFAULT_GOAL := help

help: ## this list
	@echo 'codex-py, a terminal coding agent. Needs Python 3.11-3.13; the rest is installed into .venv here.'
	@echo
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' Makefile

run: ## start codex-py here, or in DIR=folder, with ARGS='its arguments'
	@exec $(BOOTSTRAP) run

test: ## the whole test suite, or ARGS='what pytest should do'
	@$(BOOTSTRAP) dev
	@.venv/$(PYTEST) $(ARGUMENTS)

check: ## format, lint, types, import contracts, then the tests
	@$(BOOTSTRAP) dev
	@.venv/bin/ruff format --check .
	@.venv/bin/ruff check .
	@.venv/bin/basedpyright
	@.venv/bin/lint-imports
	@.venv/$(PYTEST) $(ARGUMENTS)

test-all: ## the tests on Python 3.11, 3.12 and 3.13, each in a .venv-3.x of its own
	@set -e; for version in 3.11 3.12 3.13; do \
	    $(BOOTSTRAP) dev $$version; \
	    .venv-$$version/$(PYTEST) $(ARGUMENTS); \
	done

crash-test: ## kill sessions at 200 random moments, and 100 at odd ones; CRASH_SEED=… for others
	@$(BOOTSTRAP) dev
	@CRASHES=200 .venv/$(PYTEST) tests/session/test_crashes.py tests/session/test_crashes_between.py $(ARGUMENTS)

fuzz: ## 10,000 random keys, sizes and themes in a real terminal; FUZZ_SEED='…' FUZZ_EVENTS=… for others
	@$(BOOTSTRAP) dev
	@FUZZ_SEED="$${FUZZ_SEED:-11 12 13 14 15 16 17 18}" FUZZ_EVENTS="$${FUZZ_EVENTS:-1250}" \
	    .venv/$(PYTEST) --dist load tests/fuzz $(ARGUMENTS)

bench: ## measure the performance budgets, or some: ARGS='--only start'
	@$(BOOTSTRAP) dev
	@exec .venv/bin/python -E -m benchmarks $(ARGUMENTS)

install: ## put codex-py on your PATH (uv tool, pipx, or a link to this checkout)
	@$(BOOTSTRAP) install

test-deps: ## optional, needs node: MCP servers for the tests, into .cache/npm
	@npm install --prefix .cache/npm --no-save --no-audit --no-fund --ignore-scripts --loglevel=error \
	    $(addprefix @modelcontextprotocol/,$(NPM_SERVERS))

lock: ## write requirements*.lock anew; ARGS=--upgrade takes newer versions
	@scripts/lock.sh $(ARGUMENTS)

clean: ## remove environments and caches; your sessions and settings are not here
	@rm -rf .venv .venv-3.* .venv*.lock .cache .pytest_cache .ruff_cache .hypothesis .import_linter_cache \
	    dist build snapshot_report.html
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +
