# make run    builds everything and runs the demo; make run ARGS="serve --listen …" for a proxy of your own
# make test   runs every test of every language
# make help   lists the rest
#
# Nothing has to be prepared by hand: Python packages go into .venv, and Debian packages that the tests use are installed
# by name where that is possible.

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

PYTHON ?= python3
ARGS ?= demo
FAULTS_SECONDS ?= 180
# INSTRUCTIONS=--write stores what is counted, INSTRUCTIONS=--all shows where it was spent.
INSTRUCTIONS ?=
FUZZ_SECONDS ?= 600
BIN := .venv/bin
RELEASE := target/release
# The module is found beside the header and the libraries of this tree.
export CGO_ENABLED := 1

# What is shipped does not tell where it was built. All release builds have the flags, so that they share what they build.
CARGO_HOME ?= $(HOME)/.cargo
FLAGS := $(RUSTFLAGS) --remap-path-prefix=$(CARGO_HOME)/registry/src=registry
# What `make profile` has learnt, if it has.
PROFILE := build/profile
PROFILED = $(addprefix -Cprofile-use=$(CURDIR)/,$(shell find $(PROFILE) -name '*.profdata' 2>/dev/null))
libraries bench-hosts bench-programs: export RUSTFLAGS = $(FLAGS) $(PROFILED)
# Not yet the Python module: CPython ends threads at its end by unwinding them through frames that must not be inlined.
python wheel wheel-from-sdist bench-wheel: export RUSTFLAGS = $(FLAGS)

.PHONY: help build libraries profile python wheel wheel-from-sdist docs-python install uninstall run test test-rust test-c test-sanitizers test-go test-python test-protocols test-scenarios test-examples test-instructions faults fuzz fuzz-short conformance bench bench-quick bench-smoke bench-growth bench-hosts bench-python bench-wheel bench-pingora bench-programs \
	lint format header check-header reference docs check-docs clean toolchain test-tools conformance-tools

help: ## this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 20

# --- building ---

build: libraries python ## libraries in target/release, the header in include, the command in .venv/bin

libraries: toolchain
	cargo build --quiet --release --locked -p proxykit-ffi
	@# Programs that are linked with the shared library ask for it by its SONAME.
	@ln -sf libproxykit.so $(RELEASE)/libproxykit.so.0
	@$(MAKE) --silent -C packaging

# Its builds are its own. The load's program is the only one that is shared, and not what is learnt about.
INSTRUMENTED := target/instrumented
profile: toolchain ## learns from load which code requests run through, for libraries that are built afterwards (minutes)
	@$(MAKE) test-tools PACKAGES=benches/debian-packages.txt
	RUSTFLAGS="$(FLAGS)" cargo build --quiet --release --locked -p proxykit-load
	RUSTFLAGS="$(FLAGS) $(COUNTING)" cargo build --quiet --release --locked -p proxykit-ffi --target-dir $(INSTRUMENTED)
	@ln -sf libproxykit.so $(INSTRUMENTED)/release/libproxykit.so.0
	@$(MAKE) -C benches ../build/benches/bench_host PROXYKIT_LIBRARIES=../$(INSTRUMENTED)/release
	PROXYKIT_LIBRARIES=$(INSTRUMENTED)/release $(PYTHON) -m benches.training $(PROFILE)
COUNTING = -Cprofile-generate=$(CURDIR)/$(INSTRUMENTED)/counts

install: ## what make libraries has built, to PREFIX (/usr/local), LIBDIR (PREFIX/lib), below DESTDIR
	@$(MAKE) -C packaging install

uninstall: ## removes what make install has put there
	@$(MAKE) -C packaging uninstall

python: toolchain $(BIN)/maturin
	$(BIN)/maturin develop --quiet --release --locked -m proxykit-py/Cargo.toml

$(BIN)/maturin: proxykit-py/requirements-dev.txt tests/protocols/requirements.txt
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --requirement proxykit-py/requirements-dev.txt --requirement tests/protocols/requirements.txt
	@# It brings what it is made of when it is first called.
	@$(BIN)/pyright --version >/dev/null
	@touch $@

wheel: toolchain $(BIN)/maturin ## the wheel and the sdist of the Python package, in build/wheels
	@rm -rf build/wheels
	$(BIN)/maturin build --quiet --release --locked --interpreter $(BIN)/python -m proxykit-py/Cargo.toml --out build/wheels
	@$(BIN)/maturin sdist -m proxykit-py/Cargo.toml --out build/wheels

wheel-from-sdist: wheel ## builds a wheel from the sdist, as pip does (minutes)
	$(BIN)/python -m pip wheel --quiet --no-deps --no-build-isolation --wheel-dir build/wheels-from-sdist build/wheels/*.tar.gz

docs-python: python ## the reference of the Python package, from its docstrings, in build/reference-python
	$(BIN)/python proxykit-py/reference.py build/reference-python

run: build ## runs the command `proxykit` with ARGS, by default its demo
	@exec $(BIN)/proxykit $(ARGS)

# --- testing ---

test: build test-tools test-rust test-c test-go test-python test-protocols test-scenarios test-examples test-instructions ## every test of every language

test-rust: toolchain ## the core, the bindings' own unit tests, traffic, the layers
	cargo test --quiet --locked

test-c: libraries test-tools ## the C ABI: compilers, calls, the contract, what is installed, valgrind
	$(MAKE) -C tests/c warnings test valgrind undefined

test-go: libraries ## the Go module
	@# Go does not see that the library has changed, and would answer from its cache.
	cd proxykit-go && go vet ./... && go test -race -count=1 ./...

test-python: python wheel ## the Python package and the command
	$(BIN)/python -m pytest -q tests/python

test-protocols: python test-tools ## HTTP/2, gRPC, WebSocket, with clients and servers of others
	$(BIN)/python -m pytest -q tests/protocols

test-scenarios: build ## what every language must do alike
	$(MAKE) -C tests/c hosts
	@# Go does not see that the library has changed.
	rm -f build/go/scenario-host
	cd tests/go && go build -o ../../build/go/scenario-host ./scenario_host
	PROXYKIT_LANGUAGES=rust,c,cpp,go,python \
	PROXYKIT_HOST_C=$(CURDIR)/build/c/scenario_host \
	PROXYKIT_HOST_CPP=$(CURDIR)/build/c/scenario_host_cpp \
	PROXYKIT_HOST_GO=$(CURDIR)/build/go/scenario-host \
	PROXYKIT_HOST_PYTHON="$(CURDIR)/$(BIN)/python $(CURDIR)/tests/python/scenario_host.py" \
	cargo test --quiet --locked -p proxykit-tests --test scenarios

test-examples: build test-tools ## each example, run as a user would
	@# Go does not see that the library has changed.
	rm -rf build/examples/go
	cargo test --quiet --locked -p proxykit-tests --test examples -- --ignored

test-instructions: libraries test-tools ## how many instructions a request costs, held against benches/instructions/stored.json
	@$(MAKE) -C benches ../build/benches/bench_host
	$(PYTHON) -m benches.instructions $(INSTRUCTIONS)

# --- longer tests ---

test-sanitizers: libraries test-tools ## the C ABI with each sanitizer, and all of its contract under valgrind (minutes)
	$(MAKE) -C tests/c undefined address thread
	$(MAKE) -C tests/c valgrind WITH_VALGRIND=

faults: toolchain ## backends that fail in every way, for FAULTS_SECONDS (180); FAULTS_SEED repeats a run's choices
	PROXYKIT_FAULTS_SECONDS=$(FAULTS_SECONDS) $(if $(FAULTS_SEED),PROXYKIT_FAULTS_SEED=$(FAULTS_SEED)) \
		cargo test --quiet --locked -p proxykit-tests --test faults

conformance: python conformance-tools ## the proxy beside nginx and HAProxy, case by case (minutes)
	PYTHONPATH=tests:tests/python $(BIN)/python -m conformance $(CONFORMANCE)

# What `python -m benches` is told more: BENCH="--rounds 9".
BENCH ?=
GROWTH ?=

bench: bench-programs bench-wheel ## the proxy beside others, in one run; writes benches/results (minutes)
	$(PYTHON) -m benches full --write $(BENCH)

bench-quick: bench-programs ## the ratios that matter, in less than two minutes
	$(PYTHON) -m benches quick $(BENCH)

bench-growth: bench-programs ## routes, backends, idle connections, changes under load, start, size; GROWTH="idle" for these only
	$(PYTHON) -m benches.growth $(GROWTH) $(BENCH)

bench-hosts: bench-programs python ## the library in programs of each language, and Go's own ReverseProxy, side by side
	cargo build --quiet --release --locked -p proxykit-bench-host
	$(MAKE) -C benches hosts
	$(PYTHON) -m benches hosts $(BENCH)

bench-python: bench-programs python wheel ## the library in a Python program beside proxies written in Python; BENCH=--write writes its table
	@$(PYTHON) -m venv build/benches/python
	build/benches/python/bin/python -m pip install --quiet --requirement benches/peers/python/requirements.txt
	$(PYTHON) -m benches.python $(BENCH)

# Its size is among the results.
bench-wheel: toolchain $(BIN)/maturin
	@rm -rf build/benches/wheels
	$(BIN)/maturin build --quiet --release --locked --strip -m proxykit-py/Cargo.toml --out build/benches/wheels

bench-pingora: ## builds the proxy of Pingora's crates, which takes part from then on (minutes)
	$(MAKE) -C benches pingora

bench-smoke: bench-programs ## whether the benchmark still works: each load for a second
	$(PYTHON) -m benches smoke $(BENCH)

bench-programs: libraries
	@$(MAKE) test-tools PACKAGES=benches/debian-packages.txt
	cargo build --quiet --release --locked -p proxykit-load
	$(MAKE) -C benches programs

fuzz: toolchain ## each fuzzer for FUZZ_SECONDS (600); FUZZ_TARGETS="request response" for these only
	fuzz/run $(FUZZ_SECONDS) $(FUZZ_TARGETS)

fuzz-short: toolchain ## each fuzzer on what it has kept, and for 5 s
	fuzz/run 5

# --- keeping order ---

lint: toolchain $(BIN)/maturin ## formatters and linters, all warnings are errors
	cargo fmt --all --check
	cargo clippy --quiet --locked --workspace --all-targets -- -D warnings
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	@unformatted=$$(gofmt -l proxykit-go tests/go examples/go benches); \
		if [ -n "$$unformatted" ]; then echo "gofmt would change: $$unformatted"; exit 1; fi

format: toolchain $(BIN)/maturin ## lets the formatters write
	cargo fmt --all
	$(BIN)/ruff format .
	gofmt -w proxykit-go tests/go examples/go benches

header: toolchain ## writes include/proxykit.h
	cargo run --quiet --locked -p proxykit-tools -- header

check-header: toolchain ## compares include/proxykit.h with what would be written
	cargo run --quiet --locked -p proxykit-tools -- header --check

reference: toolchain ## writes docs/reference-c.md from include/proxykit.h
	cargo run --quiet --locked -p proxykit-tools -- reference

docs: toolchain ## writes the blocks of code in README.md and docs from the files that the tests run
	cargo run --quiet --locked -p proxykit-tools -- docs

check-docs: toolchain ## compares both
	cargo run --quiet --locked -p proxykit-tools -- reference --check
	cargo run --quiet --locked -p proxykit-tools -- docs --check

clean: ## removes what was built
	rm -rf target build .venv

# --- what must be there ---

toolchain:
	@for tool in cargo:Rust $(PYTHON):CPython go:Go cc:"a C compiler" c++:"a C++ compiler"; do \
		command -v $${tool%%:*} >/dev/null || { echo "proxykit: $${tool#*:} is missing ($${tool%%:*} was not found)" >&2; exit 1; }; \
	done

# The tools of these lists, a command and its package on each line. The policy keeps servers among them from being started:
# the tests start their own.
PACKAGES := tests/debian-packages.txt
test-tools:
	@missing=; while read -r command package; do \
		command -v $$command >/dev/null || missing="$$missing $$package"; \
	done < <(cat $(PACKAGES)); \
	if [ -n "$$missing" ]; then \
		if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
			policy=/usr/sbin/policy-rc.d; \
			if ! [ -e $$policy ]; then \
				trap "rm -f $$policy" EXIT; printf '#!/bin/sh\nexit 101\n' >$$policy; chmod +x $$policy; \
			fi; \
			apt-get -qq update && DEBIAN_FRONTEND=noninteractive apt-get -qq install -y --no-install-recommends $$missing >/dev/null; \
		else \
			echo "proxykit: the tests need these packages:$$missing" >&2; exit 1; \
		fi; \
	fi

# The other proxies, and the test suites of others: Autobahn still needs Python 2.7, and is left out where there is none.
PYTHON2 ?= $(firstword $(foreach python,python2.7 $(wildcard $(HOME)/.pyenv/versions/2.7*/bin/python),\
	$(shell $(python) -m pip --version >/dev/null 2>&1 && echo $(python))))
CONFORMANCE ?=

conformance-tools: build/tools/h2spec $(if $(PYTHON2),build/tools/autobahn/bin/wstest)
	@$(MAKE) test-tools PACKAGES="tests/debian-packages.txt tests/conformance/debian-packages.txt"

build/tools/h2spec:
	GOBIN=$(CURDIR)/build/tools go install github.com/summerwind/h2spec/cmd/h2spec@v2.2.1+incompatible

build/tools/autobahn/bin/wstest:
	@rm -rf build/tools/autobahn
	$(PYTHON2) -m pip install --quiet --disable-pip-version-check --target build/tools/virtualenv 'virtualenv<20.22'
	PYTHONPATH=build/tools/virtualenv $(PYTHON2) -m virtualenv --quiet build/tools/autobahn
	build/tools/autobahn/bin/pip install --quiet --disable-pip-version-check autobahntestsuite==25.10.1
