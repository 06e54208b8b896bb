# Scratch paths: .build (debug, tests), .build-release (the product), .build-asan and .build-tsan. Flags belong here and in .ci alone:
# other flags evict one another's builds and cost minutes.
.DEFAULT_GOAL := help
.PHONY: help setup build release demo test simulate fuzz check sanitize format bench
# Swift's libraries are linked in where the toolchain has them for that: the binary then runs where there is no Swift, and starts sooner.
STATIC := $(if $(wildcard $(dir $(realpath $(shell command -v swift)))../lib/swift_static),--static-swift-stdlib)
RELEASE := swift build -c release $(STATIC) --scratch-path .build-release --product

help: ## list these targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "make %-8s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: ## install what a fresh Debian with Swift lacks (apt, only when something is missing)
	@.ci/setup test

build: ## build the release binary: .build-release/release/bursar
	@.ci/setup build
	$(RELEASE) bursar

release: build ## ask the release binary for time zones, which it must find without the libraries of Swift
	swift build --build-tests
	BURSAR_TEST_BINARY=$(CURDIR)/.build-release/release/bursar swift test --skip-build --disable-xctest --filter "Rotation.next"

demo: ## plan, apply, call a model, change a budget; LITELLM=real for the real LiteLLM, DEMO_BUILD=debug builds faster
	@LITELLM=$(LITELLM) DEMO_BUILD=$(DEMO_BUILD) examples/quickstart/demo

test: ## run all tests, with a real LiteLLM; LITELLM_VERSION=x.y.z for another one, FILTER=name for some tests
	@LITELLM_VERSION=$(LITELLM_VERSION) .ci/test $(if $(FILTER),--filter '$(FILTER)')

fuzz: ## mutated manifests; FUZZ_SECONDS=3600 for an hour, FUZZ_SEED=n to do it again
	@.ci/setup build
	swift build --product Fuzz
	Tests/Fuzz/run .build/debug/Fuzz

check: ## format, walls between targets, banned patterns, file lengths, YAML, and that these checks can fail
	@.ci/setup test
	swift format lint --strict --parallel --recursive Sources Tests Package.swift
	Tests/Checks/check
	Tests/Checks/check_test
	"$$(.ci/tools)"/yamllint --strict .

sanitize: ## tests of what touches C under AddressSanitizer, of BursarHTTP under ThreadSanitizer, each built anew
	@.ci/sanitize

format: ## rewrite the sources in the project's format
	swift format --in-place --parallel --recursive Sources Tests Package.swift

simulate: ## rotations under every trouble; SEEDS=n of them, PROOF=no without mutations, SEED=n prints one history
	@.ci/setup build
	$(RELEASE) Simulation
	.build-release/release/Simulation $(if $(SEED),--seed $(SEED),--seeds $(or $(SEEDS),10000) --proof $(or $(PROOF),yes))

bench: ## speed and memory, as ratios within one run
	@.ci/setup test
	$(RELEASE) bursar
	Tests/Bench/run .build-release/release/bursar
