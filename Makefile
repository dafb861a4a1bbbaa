# A thin cover: each command is `python -m sketchlib COMMAND`, which works as well without make.
# `make` alone prints them all.

# A file of notebooks/configs, without .yaml, and settings to change in it, as SET="epochs=3".
CONFIG ?= sample
SET ?=
# Drawings to download per class, and classes, as CLASSES="cat 'alarm clock'".
COUNT ?= 1000
CLASSES ?= all
# What to evaluate, and on what.
MODEL ?= data/models/quickdraw
DATA ?= data/tfrecords/quickdraw
# What to compare: a file of notebooks/comparisons, without .yaml, and trainings at a time.
PLAN ?= augmentation
WORKERS ?= 1
# The pad's web page: for whom (HOST=0.0.0.0: for other computers), where, who may see it (a word of
# your choice), the name and the path that a proxy has for it, and how many at a time.
HOST = 127.0.0.1
PORT ?= 8866
TOKEN ?=
BASE_URL ?= /
NAME ?=
VISITORS ?= 20

PYTHON ?= $(shell command -v python3 || command -v python || echo python3)
SKETCHLIB = @$(PYTHON) -m sketchlib

.DEFAULT_GOAL := help
.PHONY: help setup run test lab app data archive evaluate compare lint bench torture doctor lock audit clean

help setup test lab archive lint bench torture doctor lock audit clean:
	$(SKETCHLIB) $@
run:
	$(SKETCHLIB) run $(CONFIG) $(SET)
app:
	$(SKETCHLIB) app --host $(HOST) --port $(PORT) --base-url $(BASE_URL) --visitors $(VISITORS) $(if $(NAME),--name '$(NAME)') $(if $(TOKEN),--token '$(TOKEN)')
data:
	$(SKETCHLIB) data --count $(COUNT) --classes $(CLASSES)
evaluate:
	$(SKETCHLIB) evaluate $(MODEL) $(DATA)
compare:
	$(SKETCHLIB) compare $(PLAN) $(SET) --workers $(WORKERS)
