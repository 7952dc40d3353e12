# Two commands do everything: `make run` and `make test`. Both install what is missing first.

SHELL := /bin/bash
.DEFAULT_GOAL := run

CONFIG ?= debug
RIG := .build/$(CONFIG)/mirox-rig
PYTHON := .build/python/bin/python
SCENARIOS ?= Scenarios
ARGS ?=

BUILD_PACKAGES := libsodium-dev libssl-dev libmodbus-dev libssh-dev libsqlite3-dev pkg-config
# Unmodified clients and peers that the tests set against the rig.
TEST_PACKAGES := wireguard-go wireguard-tools tshark mbpoll openssh-client curl iproute2 iputils-ping python3-venv util-linux \
	chromium chromium-driver zbar-tools snmp
BENCH_PACKAGES := iperf3 wireguard-go wireguard-tools iproute2 iputils-ping util-linux python3
PYTHON_PACKAGES := Tests/PlantDevicesTests/Clients/requirements.txt Tests/ControlPlaneTests/Clients/requirements.txt \
	Tests/LiveTests/Clients/requirements.txt

# A package of which only one file is wanted, so without what it depends on.
LONE_PACKAGES := Tests/BrowserTests/Clients/requirements.txt

export MIROX_RIG_COMMIT := $(shell git describe --always --dirty 2>/dev/null)

SUDO := $(if $(filter 0,$(shell id -u)),,sudo)
missing = $(shell for p in $(1); do dpkg-query -W -f '$${Status}' $$p 2>/dev/null | grep -q 'ok installed' || echo $$p; done)
define install
	@missing="$(call missing,$(1))"; \
	if [ -n "$$missing" ]; then \
		echo "installing $$missing"; \
		$(SUDO) apt-get update -qq && \
		$(SUDO) env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $$missing >/dev/null || \
		{ echo "could not install: $$missing" >&2; exit 1; }; \
	fi
endef

.PHONY: run test language requirements manual lint format build deps tun test-deps python screenshots bench-control clean

run: build ## build, then run every scenario; reports in out/
	$(RIG) run $(SCENARIOS) --out out $(ARGS)

test: build-tests python ## every test, the live ones too
	mkdir -p out && rm -f out/tests-swift-testing.xml
	MIROX_RIG_PYTHON=$(abspath $(PYTHON)) swift test --skip-build --no-parallel --xunit-output out/tests.xml $(ARGS) || \
		{ status=$$?; Tests/red.py out/tests-swift-testing.xml; exit $$status; }

bench-control: deps ## derivation, sync and API of the control plane, in release
	swift run --configuration release ControlBenchmarks

language: build ## schema and reference of the scenario language, made anew from its table
	mkdir -p out && $(RIG) schema >out/schema.json && mv out/schema.json Scenarios/scenario.schema.json
	$(RIG) schema --reference >out/Language.md && mv out/Language.md Sources/MiroxRig/MiroxRig.docc/Language.md

requirements: build ## what is proven, covered, open; fails when something was lost
	$(RIG) requirements --gate .ci/requirements $(ARGS)

manual: build ## man page and shell completions, into out/
	mkdir -p out/completions
	for s in bash zsh fish; do $(RIG) --generate-completion-script $$s >out/completions/mirox-rig.$$s; done
	swift package --allow-writing-to-directory out/man generate-manual --output-directory out/man

lint: ## the formatter has nothing to say
	swift format lint --strict --parallel --recursive Sources Tests Package.swift

format:
	swift format --in-place --parallel --recursive Sources Tests Package.swift

build: deps
	swift build --configuration $(CONFIG) --product mirox-rig

.PHONY: build-tests
build-tests: deps test-deps
	swift build --build-tests

deps: tun
	$(call install,$(BUILD_PACKAGES))

# Where udev runs, every user may make a TUN device in a namespace of their own; a bare /dev does not say so by itself.
tun:
	@if [ -e /dev/net/tun ] && [ "$$(stat -c %a /dev/net/tun)" != 666 ]; then \
		echo "opening /dev/net/tun to every user"; $(SUDO) chmod 666 /dev/net/tun; \
	fi

test-deps:
	$(call install,$(TEST_PACKAGES))

python: test-deps $(PYTHON)

$(PYTHON): $(PYTHON_PACKAGES) $(LONE_PACKAGES)
	/usr/bin/python3 -m venv .build/python
	.build/python/bin/pip install --quiet --disable-pip-version-check $(addprefix -r ,$(PYTHON_PACKAGES))
	.build/python/bin/pip install --quiet --disable-pip-version-check --no-deps -r $(LONE_PACKAGES)
	touch $(PYTHON)

screenshots: build-tests ## every state of every page, light, dark and narrow, in out/screenshots
	MIROX_RIG_SCREENSHOTS=$(abspath out/screenshots) swift test --skip-build --no-parallel --filter ScreenshotTests --filter labPage

.PHONY: mutants
mutants: deps ## breaks the product on purpose, one defect at a time: the scenarios must notice (SHARD=1/4, MUTANTS=name, ARGS=--unproven)
	python3 Tests/Mutants/run.py --shard $(or $(SHARD),1/1) $(ARGS) $(MUTANTS)

.PHONY: bench bench-fleet bench-build
bench: bench-build ## the packet path beside wireguard-go and a bare C loop in one run, with ratios
	Tests/Benchmarks/newest-wireguard-go.sh out/bench
	for part in path primitives; do \
		$(CC) -O3 -march=native -o out/bench/ceiling-$$part Tests/Benchmarks/Ceiling/$$part.c \
			Tests/Benchmarks/Ceiling/cipher.c -lsodium -lcrypto -lpthread || exit 1; \
	done
	Tests/Benchmarks/bench.py

bench-fleet: bench-build ## 1,000 and 4,000 plants of ten devices, up, pinged, read and down
	Tests/Benchmarks/bench.py fleet

bench-build: deps
	$(call install,$(BENCH_PACKAGES))
	swift build --configuration release --product mirox-rig
	swift build --configuration release --product Workload

.PHONY: bench-devices
bench-devices: deps test-deps python ## Modbus against libmodbus and pymodbus, and the memory of idle devices
	swift build -c release --product DeviceBench
	Tests/Benchmarks/Devices/run.sh .build/release/DeviceBench $(PYTHON)

clean:
	rm -rf .build out

.PHONY: fuzz
fuzz: deps ## bytes of strangers at every entry, FUZZ_SECONDS (60) each; what hurts is kept under Fixtures/fuzz
	Tests/Fuzzing/fuzz.sh
