# Every entry point of the project. `make` alone lists them.

SWIFT ?= swift

# The folders that hold Swift sources; those that do not exist yet are skipped.
SWIFT_FOLDERS = $(wildcard Package.swift Sources Tests ca attacks proofs \
  Benchmarks/Package.swift Benchmarks/Sources Benchmarks/EnrollmentLoad/Package.swift \
  Benchmarks/EnrollmentLoad/Sources Benchmarks/EnrollmentLoad/Tests)

.DEFAULT_GOAL := help
.NOTPARALLEL:
.PHONY: help setup build run reproduce test check lint test-release interop fuzz bench proofs \
  proofs-quick clean

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-14s %s\n", $$1, $$2 }' Makefile

setup: ## Install the Debian packages that are missing; does nothing when all is there
	@SWIFT="$(SWIFT)" .ci/setup

build: setup ## Build the redoubt command in release mode
	$(SWIFT) build -c release --product redoubt

run: build ## The main job: 10,000 certificates, one campaign, one picture
	@SWIFT="$(SWIFT)" .ci/first-campaign

reproduce: build ## Run all experiments and write docs/reproduction.md; goes on where it stopped
	@SWIFT="$(SWIFT)" .ci/reproduce

# SwiftPM looks for tests in the index, so there has to be one; but without the modules of the system
# in it a debug build takes a fifth less time. `.ci/proofs` builds with the same options, or it would
# build everything anew.
DEBUG_OPTIONS = -Xswiftc -index-ignore-system-modules -Xswiftc -index-ignore-clang-modules

# The server's tests run by themselves: others keep all threads busy for seconds, and then answers
# and time-outs of a server in the same process come late.
test: ## Build and run all tests (debug)
	@SWIFT="$(SWIFT)" .ci/setup test
	$(SWIFT) test $(DEBUG_OPTIONS) --disable-xctest --skip EnrollmentServerTests
	$(SWIFT) test $(DEBUG_OPTIONS) --disable-xctest --skip-build --filter EnrollmentServerTests

check: setup lint test test-release ## All that CI checks: format, warnings, tidy, tests

lint: ## Check the formatting of all Swift files
	$(SWIFT) format lint --strict -r $(SWIFT_FOLDERS)

# Cores and engines, where there is unsafe code and digests must be those of a debug build; the rest
# stands on other packages, which take longer to build than these tests to run. A folder of its own:
# -enable-testing would otherwise rebuild what `make build` made.
test-release: ## Build and run the tests of cores, engines, proofs and credentials, optimised
	@SWIFT="$(SWIFT)" .ci/setup test
	REDOUBT_SCOPE=standalone $(SWIFT) test -c release --disable-xctest -Xswiftc -enable-testing \
	  --scratch-path .build/optimised-tests --skip TidyTests

interop: ## Ask six foreign verifiers about the corpus of good and bad certificates
	@SWIFT="$(SWIFT)" .ci/interop

# How long each parser is fuzzed: so many inputs or so many seconds, whichever ends first.
FUZZ_RUNS ?= 1000000
FUZZ_SECONDS ?= 600

fuzz: ## Fuzz the parsers of certificates, requests, lists and messages from the corpus
	@SWIFT="$(SWIFT)" FUZZ_RUNS=$(FUZZ_RUNS) FUZZ_SECONDS=$(FUZZ_SECONDS) .ci/fuzz

# As `redoubt simulate` asks for by itself, so that the engine is measured as it is used.
HUGE_PAGES = GLIBC_TUNABLES=glibc.malloc.hugetlb=1

bench: ## Measure rates, times per hop and memory
	@SWIFT="$(SWIFT)" .ci/setup bench
	@if [ -f Benchmarks/Package.swift ]; then \
	  $(HUGE_PAGES) $(SWIFT) run -c release --package-path Benchmarks; \
	else \
	  echo "there are no benchmarks yet: Benchmarks/Package.swift is missing" >&2; exit 1; \
	fi

proofs: ## Check all proofs: theorems, models, SMT claims, their mutants, exact numbers
	@SWIFT="$(SWIFT)" .ci/proofs all

proofs-quick: ## Check the proofs that fit in 6 minutes, as CI does
	@SWIFT="$(SWIFT)" SWIFT_OPTIONS="$(DEBUG_OPTIONS)" .ci/proofs quick

clean: ## Remove what the build made; results in out/ and runs/ stay
	rm -rf .build Benchmarks/.build Tests/Fuzzing/.build
