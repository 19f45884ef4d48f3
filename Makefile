# `make` or `make help` lists what there is. Each target is one script or one command.

BIN := .venv/bin
.DEFAULT_GOAL := help
.PHONY: help up test check bench docs clean .venv

help: ## list the targets
	@awk -F ':.*## ' '/^[.a-z]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.venv: .venv/made ## install Seedbed into .venv, with the versions of constraints.txt

.venv/made: pyproject.toml constraints.txt
	@PYTHON="$(PYTHON)" scripts/install

up: .venv ## tune the sample, judge it, release it, print a real answer
	@$(BIN)/seedbed up

test: .venv ## prove the whole
	@scripts/test

check: .venv ## lint, format, types, layers, documents
	@scripts/check

bench: .venv ## measure, and write bench/results.json
	@$(BIN)/python -m bench

docs: .venv ## write the reference pages anew
	@scripts/docs

clean: ## take away what make made; runs and releases stay
	rm -rf .venv build dist src/*.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find src tests bench -name __pycache__ -prune -exec rm -rf {} +
