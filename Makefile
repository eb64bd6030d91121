# make run · make test · make bench · make train: everything happens in .venv, made on first use.
SHELL  := /bin/bash
PYTHON := .venv/bin/python
PORT   ?= 8501
DATA   ?= ../shared
PINS   := pyproject.toml constraints.txt
NODE   := .venv/bin/node
BIOME  := .venv/javascript/node_modules/@biomejs/biome/bin/biome
RECIPES := medmeta_core/training/recipes
MEASURED := embedding_speed head_speed maml_step adapting growth
TRAINED := runs
TRAIN   := .venv/bin/python -m medmeta_core.cli meta-train --data $(DATA) --out $(TRAINED)

# Threads that wait must sleep, not spin: the browser wants the processor too.
export OMP_WAIT_POLICY = PASSIVE
export PIP_DISABLE_PIP_VERSION_CHECK = 1

timed = TIMEFORMAT="$(1): %0R s"

# TORCH_INDEX: the package index from which torch comes, such as PyTorch's without CUDA.
pip     = $(PYTHON) -m pip install -c constraints.txt
torch   = $(if $(TORCH_INDEX),$(pip) --index-url '$(TORCH_INDEX)' --no-deps torch torchvision &&)
install = $(call timed,installation); time { $(torch) $(pip) -e '.$(EXTRAS)'; }

.DEFAULT_GOAL := help
.PHONY: help run test coverage check format docs biome chromium bench train demo clean

help:  ## this list
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## /\1\t/' | expand -t 12

run: .venv/installed  ## open the dashboard in the browser (PORT=8501 or the next free one; TORCH_INDEX=URL: torch from there)
	@$(PYTHON) -m medmeta_core.cli app --port "$$($(PYTHON) -c "$$FREE_PORT" $(PORT))" \
	  $$([ "$$(uname)" = Darwin ] || [ -n "$$DISPLAY$$WAYLAND_DISPLAY" ] || echo --no-browser)

test: .venv/installed-for-tests chromium check  ## everything that must hold; installs what it needs
	@$(NODE) --test 'tests/web/*.test.js'
	@$(PYTHON) -m pytest --numprocesses 2 --dist loadfile $(PYTEST_OPTIONS)

coverage:  ## the same, and the share of lines that the tests run; fails below the floor
	@$(MAKE) --no-print-directory test PYTEST_OPTIONS='--cov --cov-report=html:build/coverage'

check: .venv/installed-for-tests biome  ## style, types and direction of imports only
	@$(call timed,style); time (.venv/bin/ruff check --no-cache --quiet && .venv/bin/ruff format --check --no-cache --quiet)
	@if [ -e $(BIOME) ]; then $(call timed,JavaScript); time $(NODE) $(BIOME) check --error-on-warnings; \
	  else echo "JavaScript: style not checked, as Biome could not be installed."; fi
	@$(call timed,types); time .venv/bin/mypy
	@$(call timed,imports); time .venv/bin/lint-imports

format: .venv/installed-for-tests biome  ## bring Python and JavaScript into the style that `check` asks for
	@.venv/bin/ruff check --fix --quiet && .venv/bin/ruff format --quiet
	@$(NODE) $(BIOME) check --write

docs: .venv/installed-for-tests  ## build the documentation site into build/site; fails on a warning
	@NO_MKDOCS_2_WARNING=1 $(PYTHON) -m mkdocs build --strict --quiet

bench: .venv/installed-for-bench  ## measure how long a clinician waits, beside the peers; writes docs/results/speed.md
	@set -o pipefail; trap 'rm -f docs/results/speed.md.part' EXIT; { \
	  cat docs/results/speed-intro.md; \
	  echo "Commit $$(git rev-parse --short HEAD), $$(date -u +%F), $$(nproc) cores, load $$(cut -d' ' -f1 /proc/loadavg):" \
	       "$$(sed -n 's/^model name.*: //p' /proc/cpuinfo | head -1)"; \
	  for measurement in $(MEASURED); do \
	    printf '\n## %s\n\n' "$$measurement"; $(PYTHON) -W ignore benchmarks/$$measurement.py || exit 1; \
	  done; } | tee docs/results/speed.md.part && mv docs/results/speed.md.part docs/results/speed.md

train: .venv/installed-for-training  ## train everything that is shipped anew from DATA (hours; a killed run goes on)
	@$(TRAIN) $(RECIPES)/resnet18.toml
	@$(TRAIN) $(RECIPES)/lite0.toml
	@$(TRAIN) $(RECIPES)/joint.toml
	@$(TRAIN) $(RECIPES)/parts.toml --from $(TRAINED)/medmeta-joint.json
	@$(TRAIN) $(RECIPES)/conv4.toml
	@for method in maml anil reptile; do \
	  $(TRAIN) $(RECIPES)/conv4_$$method.toml --from $(TRAINED)/medmeta-conv4.json || exit 1; done

demo: .venv/installed  ## draw the demo sets anew
	@$(PYTHON) -m medmeta_core.demo assets/demo

clean:  ## remove .venv and the caches, nothing of the user's
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .import_linter_cache

.venv/installed: $(PINS) | $(PYTHON)
	@echo "Installing what MedMeta needs (once; some minutes)"
	@$(install)
	@touch $@

.venv/installed-for-tests: EXTRAS = [dev,docs]
.venv/installed-for-tests: $(PINS) | $(PYTHON)
	@echo "Installing what MedMeta and its tests need (once; some minutes)"
	@$(install)
	@touch $@ .venv/installed

.venv/installed-for-bench: EXTRAS = [bench]
.venv/installed-for-bench: $(PINS) | $(PYTHON)
	@echo "Installing what MedMeta and its peers need (once; some minutes)"
	@$(install)
	@touch $@ .venv/installed

.venv/installed-for-training: EXTRAS = [train]
.venv/installed-for-training: $(PINS) | $(PYTHON)
	@echo "Installing what MedMeta and its training need (once; some minutes)"
	@$(install)
	@touch $@ .venv/installed

$(PYTHON):
	@for python in python3.11 python3 python3.13 python3.12; do \
	  if $$python -c 'import ensurepip, sys, venv; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; \
	  then exec $$python -m venv .venv; fi; \
	done; \
	echo "MedMeta needs Python 3.11 or newer with its module venv." >&2; \
	echo "On Debian: apt install python3 python3-venv" >&2; exit 1

chromium:
	@if ! command -v chromium chromium-browser google-chrome >/dev/null; then \
	  if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	    echo "Installing Chromium for the browser tests"; \
	    (apt-get update && apt-get install -y --no-install-recommends chromium) >/dev/null 2>&1 \
	      || echo "Chromium could not be installed: the browser tests will be skipped."; \
	  else \
	    echo "No Chromium, and no right to install it: the browser tests will be skipped."; \
	  fi; \
	fi

biome: .venv/installed-for-tests
	@cmp -s tests/web/package-lock.json .venv/javascript/package-lock.json && [ -e $(BIOME) ] || { \
	  echo "Installing Biome for the style of JavaScript"; \
	  mkdir -p .venv/javascript && cp tests/web/package.json tests/web/package-lock.json .venv/javascript && \
	  PATH="$$PWD/.venv/bin:$$PATH" npm ci --prefix .venv/javascript --no-audit --no-fund --loglevel=error \
	    || rm -rf .venv/javascript; }

define FREE_PORT
import itertools, socket, sys
for port in itertools.count(int(sys.argv[1])):
    with socket.socket() as probe:
        if probe.connect_ex(("127.0.0.1", port)):
            print(port)
            break
endef
export FREE_PORT
