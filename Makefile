# Needs Python 3.11 or later, with venv, and make; `make help` lists what there is.
#
# Everything else is installed into .venv from pinned, hashed requirements. Without
# DATABASE_URL and REDIS_URL, PostgreSQL and Redis come along; see loyalty_program/embedded.

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

VENV := .venv
PYTHON := $(VENV)/bin/python
PIP := $(PYTHON) -m pip --quiet --quiet --disable-pip-version-check install --require-hashes
EMBEDDED := $(PYTHON) -m loyalty_program.embedded
# Pythons to try, in this order; `make demo PYTHONS=/opt/python3.12/bin/python3` names one.
PYTHONS := python3 python3.14 python3.13 python3.12 python3.11 python

.PHONY: help demo test bench manage check format format-check lint types imports sql migrations \
	compose messages lock always

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-13s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: .data/demo-running ## Show a whole shop on this machine (DEMO_PORT=8000 DEMO_MONTHS=12)

# A file that the demo makes: make deletes it when it is interrupted, and the demo heeds that.
.data/demo-running: $(VENV)/demo always
	@$(PYTHON) -m loyalty_program.demo

test: $(VENV)/dev ## Run the tests (ARGS='-m slow' or any other of pytest's)
	$(PYTHON) -m pytest $(ARGS)

bench: $(VENV)/dev ## Measure the speed, as ratios (ARGS='ledger rivals')
	$(EMBEDDED) --set bench-servers $(PYTHON) -m benchmarks $(ARGS)

manage: $(VENV)/demo ## Run a command on the demo's data (ARGS='verify_ledger')
	@$(EMBEDDED) $(PYTHON) manage.py $(ARGS)

check: format-check lint types imports sql migrations compose test ## Run every check and the tests

format: $(VENV)/dev ## Format the sources
	$(PYTHON) -m ruff format .
	$(PYTHON) -m ruff check --fix .

format-check: $(VENV)/dev
	$(PYTHON) -m ruff format --check .

lint: $(VENV)/dev
	$(PYTHON) -m ruff check .

# mypy reads the settings, which want a deployment; it never connects to it.
types: export DATABASE_URL := postgres://nobody@127.0.0.1/nowhere
types: export SECRET_KEY := unused
types: $(VENV)/dev
	$(PYTHON) -m mypy

imports: $(VENV)/dev
	$(VENV)/bin/lint-imports

sql: $(VENV)/dev
	$(PYTHON) -m sqlfluff lint --disable-progress-bar loyalty_program members rewards

migrations: $(VENV)/dev
	$(EMBEDDED) --set test-servers --volatile $(PYTHON) manage.py makemigrations --check --dry-run

compose: $(VENV)/dev
	$(PYTHON) -m check_jsonschema --builtin-schema vendor.compose-spec docker-compose.yml

# Like mypy, these read the settings and never connect.
messages: export DATABASE_URL := postgres://nobody@127.0.0.1/nowhere
messages: export SECRET_KEY := unused
messages: $(VENV)/dev ## Collect the words people read, compile their translations (needs gettext)
	$(PYTHON) manage.py makemessages --locale zh_Hans --no-location --no-obsolete \
		--ignore tests --ignore benchmarks
	$(PYTHON) manage.py compilemessages --locale zh_Hans --ignore $(VENV)

lock: ## Pin the requirements anew (needs uv)
	for file in base demo dev; do \
		uv pip compile --upgrade --python-version 3.11 --universal --generate-hashes --no-annotate \
			--no-header --no-emit-index-url requirements/$$file.in -o requirements/$$file.txt; \
	done

$(VENV)/demo $(VENV)/dev: $(VENV)/%: requirements/%.txt $(VENV)/pyvenv.cfg
	@echo "Installing what requirements/$*.txt pins …"
	@$(PIP) -r requirements/$*.txt
	@touch $@

$(VENV)/pyvenv.cfg:
	@for python in $(PYTHONS); do \
		if $$python -c 'import ensurepip, sys, venv; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then \
			echo "Making $(VENV) with $$($$python --version) …"; \
			exec $$python -m venv --clear $(VENV); \
		fi; \
	done; \
	echo "Python 3.11 or later with venv is needed (on Debian: apt install python3-venv) and none of" \
		"these is it: $(PYTHONS)" >&2; \
	exit 1
