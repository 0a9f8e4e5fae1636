# The commands of a tincan checkout. `make call` and `make test` are all a newcomer needs; both install what is missing.

BUILD ?= build
SHELL := bash
CMAKE_FLAGS ?=
CTEST_FLAGS ?= --output-on-failure -j 2

.PHONY: call test build deps unit browser judge peers checks asan tsan bench fuzz format tidy install-test clean help

help: ## this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /  make \1\t/' | expand -t 20

deps:
	@scripts/install-deps

build: deps ## configure and build everything, warnings as errors
	@cmake -S . -B $(BUILD) -G Ninja $(CMAKE_FLAGS) > $(BUILD).log 2>&1 || { cat $(BUILD).log; exit 1; }
	@rm -f $(BUILD).log
	@cmake --build $(BUILD)

call: build ## hold a call with a browser: opens a page, or runs Chromium headless where there is no display
	@$(BUILD)/tincan call $(CALL_FLAGS)

test: build checks unit browser ## build, then unit tests, simulations, corpora, checks and the browser call

unit:
	@ctest --test-dir $(BUILD) $(CTEST_FLAGS)

browser:
	@node --test --test-concurrency=1 tests/interop/*.test.mjs

judge: deps ## mutated descriptions, taken or refused by Chromium, Firefox and tincan: one table (JUDGE_FLAGS)
	@cmake -S . -B $(BUILD) -G Ninja $(CMAKE_FLAGS) > /dev/null && cmake --build $(BUILD) --target sdp_judge
	@BUILD=$(BUILD) node tests/interop/judge.mjs $(JUDGE_FLAGS)

peers: build ## calls with other stacks as the far end: libdatachannel, werift, libwebrtc
	@scripts/install-deps --peers
	@BUILD=$(BUILD) node --test --test-concurrency=1 tests/interop/peers/*.test.mjs

checks:
	@scripts/check-includes
	@scripts/check-symbols $(BUILD)
	@scripts/install-test $(BUILD)

asan: deps ## the tests under clang with ASan and UBSan
	@cmake -S . -B build-asan -G Ninja -DCMAKE_CXX_COMPILER=clang++ -DCMAKE_C_COMPILER=clang \
	  -DCMAKE_BUILD_TYPE=Debug -DTINCAN_SANITIZE=address,undefined > /dev/null
	@cmake --build build-asan && ctest --test-dir build-asan $(CTEST_FLAGS)

tsan: deps ## what has threads, under clang with TSan
	@cmake -S . -B build-tsan -G Ninja -DCMAKE_CXX_COMPILER=clang++ -DCMAKE_C_COMPILER=clang \
	  -DCMAKE_BUILD_TYPE=Debug -DTINCAN_SANITIZE=thread > /dev/null
	@cmake --build build-tsan --target net_test && ctest --test-dir build-tsan -R '^net$$' --output-on-failure

bench: ## the benchmarks, each beside a peer or a physical limit; one table, and plots in build-bench/results/report.html
	@scripts/install-deps --bench
	@scripts/bench

fuzz: deps ## every fuzz target for FUZZ_SECONDS (10) each
	@scripts/fuzz

install-test: build ## install into a scratch folder and build a user's project against it
	@scripts/install-test $(BUILD)

format: ## clang-format over the tree
	@git ls-files '*.cc' '*.h' | xargs clang-format -i

tidy: build ## clang-tidy over the layers
	@git ls-files '{base,crypto,stun,sdp,ice,dtls,rtp,sctp,media,stack,net}/*.cc' | xargs -P 2 -n 4 clang-tidy -p $(BUILD) --quiet

clean:
	@rm -rf build build-*
