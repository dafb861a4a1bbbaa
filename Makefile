# Everything needs only make and Python 3.11 to 3.13; .venv is created once and kept up to date.
# `make` alone prints this help.

# A file of notebooks/configs, without .yaml, and settings to change in it, as SET="epochs=3".
CONFIG ?= sample
SET ?=
# Drawings to download per class, and classes, as CLASSES="cat 'alarm clock'".
COUNT ?= 1000
CLASSES ?= all
# What to evaluate, and on what.
MODEL ?= data/models/quickdraw
DATA ?= data/tfrecords/quickdraw
# What to compare: a file of notebooks/comparisons, without .yaml.
PLAN ?= augmentation
# The pad's web page: where, who may see it (a word of your choice), and the path that a proxy adds.
PORT ?= 8866
TOKEN ?=
BASE_URL ?= /
# To this machine only, without the cells that only the notebook shows; visitors see no source and
# no traceback; kernels that nobody looks at any more end after ten minutes.
VOILA = --Voila.ip=127.0.0.1 --port=$(PORT) --base_url=$(BASE_URL) --server_url=/ \
  $(if $(TOKEN),--token='$(TOKEN)') \
  --strip_sources=True --show_tracebacks=False \
  --TagRemovePreprocessor.enabled=True \
  --TagRemovePreprocessor.remove_cell_tags=notebook-only \
  --MappingKernelManager.cull_idle_timeout=600 --MappingKernelManager.cull_interval=60
# Disk that the installation takes, downloads included.
ROOM_KB := 5000000
BIN := .venv/bin

.DEFAULT_GOAL := help
.PHONY: help setup run test lab app data archive evaluate compare lint bench clean

help:  ## print this help
	@echo "Recognise what people draw, while they draw it. Commands:"
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-9s%s\n", $$1, $$2}'

setup: .venv/complete  ## create .venv with everything in it (3.2 GB)

run: setup  ## run all notebooks on the embedded doodles; CONFIG=quickdraw: on real drawings
	@$(BIN)/python -m sketchlib.notebooks notebooks/configs/$(CONFIG).yaml $(SET)

test: setup  ## run the tests
	@$(BIN)/python -m pytest

lab: setup  ## open the notebooks in JupyterLab
	@$(BIN)/jupyter lab --ip=127.0.0.1 --ServerApp.root_dir=. --ServerApp.preferred_dir=notebooks

app: setup  ## serve the drawing pad as a web page: PORT=8866 TOKEN=
	@$(BIN)/voila notebooks/05_draw.ipynb $(VOILA)

data: setup  ## download real drawings: COUNT=1000 of CLASSES=all, some 160 MB
	@$(BIN)/python -m sketchlib.downloads drawings --folder data/raw/simplified \
	  --count $(COUNT) --classes $(CLASSES)

archive: setup  ## download the tutorial's 3,795,000 sketches, 1.07 GB
	@$(BIN)/python -m sketchlib.downloads archive --folder data/tfrecords/tutorial

evaluate: setup  ## top-k accuracy of MODEL=data/models/quickdraw on DATA=data/tfrecords/quickdraw
	@$(BIN)/python -m sketchlib.evaluation $(MODEL) $(DATA)

compare: setup  ## train variants side by side, for hours: PLAN=augmentation
	@$(BIN)/python -m sketchlib.comparison notebooks/comparisons/$(PLAN).yaml $(SET)

lint: setup  ## check style, and that notebooks are committed without outputs
	@$(BIN)/ruff check . && $(BIN)/ruff format --check . && \
	  $(BIN)/nbstripout --verify notebooks/*.ipynb && echo "clean"

bench: setup  ## print speeds side by side
	@for script in benchmarks/[!_]*.py; do echo "$$script"; $(BIN)/python $$script || exit 1; done

clean:  ## delete .venv, caches and the sample's files; downloads and other runs stay
	rm -rf .venv .pytest_cache .ruff_cache *.egg-info data/tfrecords/sample data/runs/sample
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# The first Python on the PATH that TensorFlow has wheels for.
.venv/complete: pyproject.toml
	@for python in python3 python3.13 python3.12 python3.11 python; do \
	  $$python -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14))' 2>/dev/null \
	    && found=$$python && break; \
	done; \
	if [ -z "$$found" ]; then \
	  echo "Python 3.11, 3.12 or 3.13 is needed and none is on the PATH; python.org has it."; exit 1; \
	fi; \
	if ! $$found -c 'import ensurepip, venv' 2>/dev/null; then \
	  echo "$$found lacks the venv module; on Debian or Ubuntu: sudo apt install python3-venv"; exit 1; \
	fi; \
	if [ ! -d .venv ] && [ "$$(df -Pk . | awk 'NR == 2 {print $$4}')" -lt $(ROOM_KB) ]; then \
	  echo "The installation needs 5 GB of free disk here and there is less: make some room."; exit 1; \
	fi; \
	echo "Setting up .venv with $$($$found --version); this takes some minutes, once."; \
	$$found -m venv .venv && \
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[app,cluster,images,test]' && \
	touch $@
