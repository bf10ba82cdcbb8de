# 明账 Mingzhang. Needs Python 3.11 or later and make; everything else is installed into .venv by hash.
PYTHON ?= python3
DATA ?= data
BIN := .venv/bin

.PHONY: setup demo test lint bench soak matrix lock clean

setup: .venv/.setup

.venv/.setup: requirements.txt pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "需要 Python 3.11 或以上 / Python 3.11 or later is needed")'
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --disable-pip-version-check --quiet --require-hashes -r requirements.txt
	$(BIN)/python -m pip install --disable-pip-version-check --quiet --no-deps --no-build-isolation --no-index -e .
	touch $@

.venv/.dev: .venv/.setup requirements-dev.txt
	$(BIN)/python -m pip install --disable-pip-version-check --quiet --require-hashes -r requirements-dev.txt
	touch $@

demo: setup
	$(BIN)/mingzhang --data $(DATA) demo

test: .venv/.dev lint
	$(BIN)/python -m pytest -m "not soak and not matrix" -n 2 --dist loadfile --no-loadscope-reorder

lint: .venv/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/mypy tools/verify.py

bench: .venv/.dev
	$(BIN)/python -m bench

# Hundreds of rounds of crashes and of writers in each other's way: minutes, not seconds.
soak: .venv/.dev
	$(BIN)/python -m pytest -m soak

# Every way of tampering again and again, by both verifiers; every month end and twenty positions of the casebook.
matrix: .venv/.dev
	$(BIN)/python -m pytest -m matrix -n 2 --dist loadfile

# Pins every package and its hashes, for every platform, without naming where they come from.
lock:
	uv pip compile --universal --generate-hashes --no-emit-index-url --no-header --python-version 3.11 \
		--group runtime-build pyproject.toml -o requirements.txt
	uv pip compile --universal --generate-hashes --no-emit-index-url --no-header --python-version 3.11 \
		--group runtime-build --group dev pyproject.toml -o requirements-dev.txt

# Data is never removed here: it may be the only copy of a book.
clean:
	rm -rf .venv .pytest_cache .mypy_cache .ruff_cache .hypothesis bench/out
