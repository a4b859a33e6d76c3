# Everything there is to remember. Needs make and Python 3.11 or newer, nothing else.
.DEFAULT_GOAL := help
.PHONY: help check fix test demo docs bench
MAKEFLAGS += --no-print-directory

# The environment is made again when what it is made from changes (the settings of tools do not count), or the folder moves.
MADE := .venv/.made-$(shell { pwd; sed '/^\[tool\./,$$d' pyproject.toml; cat constraints.txt; } | cksum | cut -d' ' -f1)
PYTHON := .venv/bin/python

help:   ## this list
	@sed -n 's/^\([a-z]*\):[^#]*## */  make \1	/p' Makefile

check: $(MADE)  ## does the code keep the house rules? changes nothing
	@$(PYTHON) -m tools.check

fix: $(MADE)  ## mend what can be mended: lint, format, generated pages
	@$(PYTHON) -m ruff check --fix --quiet . ; $(PYTHON) -m ruff format --quiet . && $(PYTHON) -m tools.generate_docs

test: $(MADE)  ## run every test (ARGS="tests/ledger -k proof" for some)
	@tools/system_parts
	@$(PYTHON) -m pytest -n auto --maxprocesses 4 --dist loadfile --durations 10 --durations-min 1 -rs $(ARGS)

demo: $(MADE)  ## see what it is for: a borough, an agreement, a question (ARGS=--quick for a smaller one)
	@.venv/bin/commonweal demo demo/ $(ARGS)

docs: $(MADE)  ## write again the pages that are made from code
	@$(PYTHON) -m tools.generate_docs

bench: $(MADE)  ## measure; prints ratios to the plain engine (ARGS are passed on)
	@found=0; for file in bench/[a-z]*.py; do [ -e "$$file" ] || continue; found=1; echo "== $$file"; \
	  $(PYTHON) "$$file" $(ARGS) || exit 1; done; [ $$found = 1 ] || { echo "no benchmark in bench/"; exit 1; }

$(MADE): tools/make_environment
	@tools/make_environment $@
