# Every habit of the project is one of these targets; CI and pre-commit run the same.
SHELL := bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STATIC := services/viz-gateway/src/moisson_viz_gateway/static/dist
DISTRIBUTIONS := shared services/scraper services/normalizer services/api services/viz-gateway deploy/standalone
PYTEST := $(BIN)/python -m pytest
# Half as many again as there are processors: tests wait for leases, sites and processes, too.
WORKERS ?= $(shell echo $$(((3 * $$(getconf _NPROCESSORS_ONLN) + 1) / 2)))
SIDE_BY_SIDE := -n $(WORKERS) --dist loadfile --no-loadscope-reorder
# The addresses of the servers that `make servers` started, for `make test-servers`; MONGO_URL and others of your own win.
SERVERS := .servers.env
export MOISSON_REALDATA ?= $(abspath ../shared/realdata)

.PHONY: help
help:
	@echo 'Moisson: make TARGET, where TARGET is one of'
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/\1|\2/' | while IFS='|' read -r name text; do printf '  make %-14s %s\n' "$$name" "$$text"; done

.PHONY: setup
setup: $(VENV)/.installed $(STATIC)/.built ## Install everything in .venv and build the front end

$(VENV)/.installed: constraints.txt pyproject.toml $(addsuffix /pyproject.toml,$(DISTRIBUTIONS))
	@$(PYTHON) -c 'import sys; sys.exit("Moisson needs Python 3.11 or newer; this is " + sys.version.split()[0] + ". Set PYTHON=...") if sys.version_info < (3, 11) else None'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt pip
	PIP_CONSTRAINT=$(abspath constraints.txt) $(BIN)/python -m pip install --quiet $(addprefix --editable ./,$(DISTRIBUTIONS)) --group dev --group front-end
	touch $@

$(STATIC)/.built: $(VENV)/.installed $(wildcard services/viz-gateway/front-end/*) $(wildcard services/viz-gateway/front-end/src/*)
	$(BIN)/python services/viz-gateway/build_front_end.py
	touch $@

.PHONY: demo
demo: setup ## Harvest three sample partners and serve the portal (ONCE=1: check and exit)
	$(BIN)/moisson demo $(if $(ONCE),--once)

.PHONY: test
test: setup ## Every test that needs no server and no file outside the repository
	$(PYTEST) $(SIDE_BY_SIDE) -m "not servers and not realdata and not browser" $(if $(COVERAGE),--cov --cov-report=term:skip-covered)

.PHONY: test-realdata
test-realdata: setup ## The flow on the real files of MOISSON_REALDATA
	$(PYTEST) -m "realdata and not servers and not browser"

.PHONY: test-servers
test-servers: setup ## The contract suites and the flow on MongoDB, Elasticsearch and Redis (make servers first)
	if [ -z "$${MONGO_URL:-}" ] && [ -f $(SERVERS) ]; then source $(SERVERS); fi; $(PYTEST) $(SIDE_BY_SIDE) -m "servers"

.PHONY: test-browser
test-browser: setup ## The portal, the studio and pages that need a browser, in Chromium
	$(PYTEST) -n auto --dist loadfile --no-loadscope-reorder -m "browser"

.PHONY: servers
servers: ## Start a real MongoDB, Elasticsearch and Redis on loopback, without Docker
	deploy/servers/up | tee $(SERVERS).part
	@mv $(SERVERS).part $(SERVERS)

.PHONY: servers-stop
servers-stop: ## Stop what `make servers` started
	deploy/servers/down
	@rm -f $(SERVERS)

.PHONY: check
check: setup ## Format, lint, types and import rules
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

.PHONY: bench
bench: setup ## Ratios against named peers, written to bench-results/ (QUICK=1: only shows that it runs)
	PIP_CONSTRAINT=$(abspath constraints.txt) $(BIN)/python -m pip install --quiet --group bench
	$(BIN)/python -m bench $(if $(QUICK),--quick)

.PHONY: build
build: setup ## Wheels of every distribution in dist/
	for d in $(DISTRIBUTIONS); do $(BIN)/python -m build --no-isolation --wheel --outdir dist "$$d"; done

.PHONY: clean
clean: ## Remove the environment, builds, caches and the demo's data
	rm -rf $(VENV) $(STATIC) dist demo-data bench-results test-artifacts .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis .coverage htmlcov services/viz-gateway/front-end/node_modules
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
