# The commands of a tincan checkout. `make call` and `make test` are all a newcomer needs; each installs what it needs
# and no more, and builds what it needs and no more.

BUILD ?= build
SHELL := bash
CMAKE_FLAGS ?=
CTEST_FLAGS ?= --output-on-failure -j 2
BASE ?= $(shell git merge-base HEAD origin/HEAD 2>/dev/null || git rev-parse HEAD~1 2>/dev/null)

CLANG := -DCMAKE_CXX_COMPILER=clang++ -DCMAKE_C_COMPILER=clang
# Sanitizers build without a precompiled header: so a file of the library that forgot an include is found.
SANITIZED := $(CLANG) -DCMAKE_BUILD_TYPE=Debug -DCMAKE_CXX_FLAGS_DEBUG="-g1 -O1" -DTINCAN_PCH=OFF
# What has threads, or is called from them.
THREADED := net_test sctp_test apps_test

.PHONY: call test build unit browser node wpt simple-peer judge peers lines quality checks asan tsan bench fuzz \
  fuzz-coverage format style tidy install-test readme-test \
  package docs clean help

help: ## this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /  make \1\t/' | expand -t 22

call: ## hold a call with a browser: opens a page, or runs Chromium headless where there is no display
	@scripts/install-deps call
	@scripts/build $(BUILD) -DTINCAN_TESTS=OFF $(CMAKE_FLAGS) -- tincan
	@$(BUILD)/tincan call $(CALL_FLAGS)

build: ## configure and build everything, warnings as errors
	@scripts/install-deps build
	@scripts/build $(BUILD) -DTINCAN_TESTS=ON $(CMAKE_FLAGS)

test: ## build, then unit tests, simulations, corpora, checks and the browser call; says last what was skipped
	@scripts/install-deps test
	@$(MAKE) --no-print-directory build checks unit browser node
	@scripts/skipped $(BUILD)

unit:
	@ctest --test-dir $(BUILD) $(CTEST_FLAGS)

browser:
	@node --test --test-concurrency=1 --test-reporter=spec --test-reporter-destination=stdout \
	  --test-reporter=tap --test-reporter-destination=$(BUILD)/browser.tap tests/interop/*.test.mjs tests/idl/*.test.mjs

node: ## the Node addon (node/) and its tests: data, sound and pictures between Node, Node and browsers
	@scripts/install-deps node
	@scripts/build build-node -DTINCAN_NODE=ON "-DTINCAN_FLOORS=stack;devices" -DTINCAN_TESTS=OFF -DTINCAN_APPS=OFF $(CMAKE_FLAGS) -- tincan_node
	@node --test --test-concurrency=1 node/test/*.test.mjs

wpt: ## web-platform-tests on the addon, in jsdom: WPT=folder of a checkout (WPT_FLAGS)
	@scripts/install-deps node
	@scripts/build build-node -DTINCAN_NODE=ON "-DTINCAN_FLOORS=stack;devices" -DTINCAN_TESTS=OFF -DTINCAN_APPS=OFF $(CMAKE_FLAGS) -- tincan_node
	@node node/wpt/run.mjs "$(WPT)" $(WPT_FLAGS)

simple-peer: ## simple-peer's own tests on the addon: DIR=folder of a checkout with its packages
	@scripts/install-deps node
	@scripts/build build-node -DTINCAN_NODE=ON "-DTINCAN_FLOORS=stack;devices" -DTINCAN_TESTS=OFF -DTINCAN_APPS=OFF $(CMAKE_FLAGS) -- tincan_node
	@node node/scripts/simple_peer.mjs "$(DIR)"

judge: ## mutated descriptions, taken or refused by Chromium, Firefox and tincan: one table (JUDGE_FLAGS)
	@scripts/install-deps test
	@scripts/build $(BUILD) -DTINCAN_TESTS=ON $(CMAKE_FLAGS) -- sdp_judge
	@BUILD=$(BUILD) node tests/interop/judge.mjs $(JUDGE_FLAGS)

peers: ## calls with other stacks as the far end: libwebrtc, libdatachannel, pion, aiortc, GStreamer, Janus, werift
	@scripts/install-deps peers
	@scripts/build $(BUILD) -DTINCAN_TESTS=ON $(CMAKE_FLAGS) -- tincan
	@BUILD=$(BUILD) node --test --test-concurrency=1 tests/interop/peers/*.test.mjs

lines: ## what arrives over narrow, lossy and changing lines, beside two Chromiums: one table (LINES_FLAGS)
	@scripts/install-deps test
	@scripts/build $(BUILD) -DTINCAN_TESTS=ON $(CMAKE_FLAGS) -- tincan
	@BUILD=$(BUILD) node tests/interop/lines/lines.mjs $(LINES_FLAGS)

quality: ## how well sound and pictures come over bad lines, beside two Chromiums: one table (QUALITY_FLAGS)
	@scripts/install-deps test
	@scripts/build $(BUILD) -DTINCAN_TESTS=ON $(CMAKE_FLAGS) -- tincan
	@BUILD=$(BUILD) node tests/interop/lines/quality.mjs $(QUALITY_FLAGS)

checks:
	@scripts/check-includes
	@scripts/check-limits
	@scripts/check-symbols $(BUILD)
	@scripts/check-tutorials
	@scripts/install-test $(BUILD)

# fuzzer-no-link: the library is then the same as that of `make fuzz`.
asan: ## the tests under clang with ASan and UBSan
	@scripts/install-deps sanitizers
	@scripts/build build-asan $(SANITIZED) -DTINCAN_TESTS=ON -DTINCAN_SANITIZE=address,undefined,fuzzer-no-link
	@ctest --test-dir build-asan $(CTEST_FLAGS)

tsan: ## what has threads, under clang with TSan
	@scripts/install-deps sanitizers
	@scripts/build build-tsan $(SANITIZED) -DTINCAN_TESTS=ON -DTINCAN_SANITIZE=thread -- $(THREADED)
	@ctest --test-dir build-tsan -R '^($(subst _test,,$(subst $() ,|,$(THREADED))))$$' --output-on-failure

bench: ## the benchmarks, each beside a peer or a physical limit; one table, and plots in build-bench/results/report.html
	@scripts/install-deps bench
	@scripts/bench

fuzz: ## fuzz: every target for FUZZ_SECONDS (10), or TARGET=sdp_session alone, with your inputs from CORPUS=folder
	@scripts/install-deps fuzz
	@FUZZ_ONLY="$(or $(TARGET),$(FUZZ_ONLY))" scripts/fuzz run

fuzz-coverage: ## the lines of each parser that its fuzz target's inputs reach (TARGET, CORPUS as above)
	@scripts/install-deps fuzz
	@FUZZ_ONLY="$(or $(TARGET),$(FUZZ_ONLY))" scripts/fuzz coverage

install-test: ## install into scratch folders and build users' projects against it, in every way it is offered
	@scripts/install-deps package
	@scripts/install-test build-package --all

readme-test: build ## README's example, built against the installed package, beside a second connection
	@scripts/install-test $(BUILD)

package: build ## a Debian package in build/
	@scripts/install-deps package
	@cd $(BUILD) && cpack -G DEB

docs: ## pages of the public classes and of docs/, by Doxygen, in build/docs/html; lists what has no words yet
	@scripts/install-deps docs
	@scripts/make-docs $(BUILD)

format: ## clang-format over the tree
	@git ls-files '*.cc' '*.h' | xargs clang-format -i

style: ## clang-format over the tree, clang-tidy over the lines that changed since BASE
	@scripts/install-deps tidy
	@scripts/build $(BUILD) -DTINCAN_TESTS=ON $(CMAKE_FLAGS) -- tincan_headers
	@scripts/check-style "$(BASE)" $(BUILD)

tidy: build ## clang-tidy over the layers
	@scripts/install-deps tidy
	@git ls-files '{base,crypto,stun,sdp,ice,dtls,rtp,sctp,media,stack,net}/*.cc' | xargs -P 2 -n 4 clang-tidy -p $(BUILD) --quiet

clean:
	@rm -rf build build-*
