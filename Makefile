# Every target bootstraps .venv by itself; nothing but Python >= 3.11 and make is needed.
PYTHON ?= python3
BIN := .venv/bin
READY := .venv/.ready

.DEFAULT_GOAL := help
.PHONY: help demo up test check bench bench-scale bench-peers faults lock clean

help:  ## show this
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## */  make \1\t/' | expand -t 20

$(READY): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed: make PYTHON=python3.12 ...")'
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

demo: $(READY)  ## the main job on real Kafka and MongoDB: roster in, seats and aid given, checked (KEEP=1 leaves it running)
	$(BIN)/gonghui demo $(if $(KEEP),--keep)

up: $(READY)  ## start the embedded stack and the three services; Ctrl-C stops everything
	$(BIN)/gonghui up

test: check  ## everything, with the real broker and database
	$(BIN)/python -m pytest -m stack

check: $(READY)  ## format, lint, types, import contracts, unit tests; under a minute, no broker or database
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m pytest -n auto -m "not stack"

bench: $(READY)  ## ratios against named ceilings, written to bench.json
	$(BIN)/python -m tests.bench

bench-scale: $(READY)  ## how far it grows: rebuilds, long streams, large subtrees, starts (20 minutes, 8 GB in TMPDIR)
	$(BIN)/python -m tests.bench.scale

.venv-peers/.ready: tests/bench/peers/requirements.lock
	$(PYTHON) -m venv .venv-peers
	.venv-peers/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r $<
	@touch $@

bench-peers: $(READY)  ## ours beside what one would take instead, some 20 minutes (PEERS="ours quix-sink" MARKDOWN=1)
	-@$(MAKE) --no-print-directory .venv-peers/.ready
	$(BIN)/python -m tests.bench.peers $(PEERS) $(if $(MARKDOWN),--markdown)

faults: $(READY)  ## break real processes while commands go on, and count what was lost (SEED=1 ROUNDS=1 or MINUTES=60)
	$(BIN)/python -m tests.faults --seed $(or $(SEED),1) $(if $(MINUTES),--minutes $(MINUTES),--rounds $(or $(ROUNDS),1))

lock: $(READY)  ## refresh requirements.lock (hashes, no index address)
	$(BIN)/uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --extra dev \
		--quiet pyproject.toml requirements.build.in -o requirements.lock

clean:  ## remove .venv and the state of the embedded stack
	rm -rf .venv .venv-peers .state .state-demo
