# `make` alone prints what there is.
GO      ?= go
DATA    ?= ./data
REPORTS ?= ./reports
VERSION ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo dev)
LDFLAGS := -X main.version=$(VERSION)
TOOL    := $(GO) tool -modfile=tools/go.mod
LINT    := $(GO) tool -modfile=tools/lint/go.mod golangci-lint

.DEFAULT_GOAL := help
.PHONY: help build run test short conformance bench bench-engines faults soak fuzz lint generate check

help: ## print the targets
	@awk -F':.*## ' '/^[a-z-]+:.*## /{printf "  make %-14s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

build: ## build bin/metalog
	$(GO) build -trimpath -ldflags '$(LDFLAGS)' -o bin/metalog ./cmd/metalog

run: build ## start one node on the embedded backend; DATA=./data says where
	./bin/metalog server --backend local --data-dir $(DATA)

# A process built with the race detector lingers a second at its end, and the
# tests end thousands.
test: export GORACE := atexit_sleep_ms=0
test: ## all tests, with the race detector; the conformance suite's reports in ./reports
	$(GO) vet -tags invariants ./...
	CONFORMANCE_REPORTS=$(abspath $(REPORTS)) $(GO) test -race -tags invariants -timeout 20m -skip '^Test(Local|Hashiraft|Dragonboat)$$' ./...
	$(GO) test -run 'FlippedBit|^TestLocalInProcess$$/^DMG-005$$' ./plugins/local ./plugins/hashiraft ./plugins/dragonboat ./builtin # not with -race: its pointer checks end the process
	$(MAKE) -j3 --output-sync judge-Local judge-Hashiraft judge-Dragonboat # 250 cases, 750 processes each, which mostly wait: with -race they take twice as long

judge-%: # the suite on one engine
	CONFORMANCE_REPORTS=$(abspath $(REPORTS)) $(GO) test -count=1 -timeout 20m -run '^Test$*$$' ./builtin

short: ## the quick half of the tests, without the race detector
	$(GO) test -short ./...

conformance: build ## judge every backend that ships, in process and as plugins; reports in ./reports (about twenty minutes)
	$(GO) test -race -tags invariants -count=1 -run '^TestInMem' ./conformance -conformance.report $(abspath $(REPORTS))
	$(GO) test -race -tags invariants -count=1 -run '^TestLocalInProcess$$' ./builtin -conformance.report $(abspath $(REPORTS))
	./bin/metalog plugin test local --report $(REPORTS)/local
	./bin/metalog plugin test hashiraft --report $(REPORTS)/hashiraft
	./bin/metalog plugin test dragonboat --report $(REPORTS)/dragonboat
	$(GO) test -count=1 -run 'Stor(y|ies)' ./server

bench: ## measure, each figure beside its reference, see docs/benchmarks.md (a quarter of an hour)
	$(GO) test -run '^$$' -bench . -benchmem ./metadata ./host ./plugins/local ./sdk/plugin ./bench

bench-engines: ## measure hashiraft and dragonboat beside their libraries, and write a table of both (a quarter of an hour)
	@GO='$(GO)' tools/engines.sh

faults: ## break clusters of processes in every way, and judge them; BACKEND=name SEED=n ROUNDS=n RUN=scenario HOLD=20s (a quarter of an hour a round)
	$(GO) test -count=1 -timeout 0 -v ./faults -run '$(if $(RUN),TestFaults/^$(RUN)$$,.)' -faults.all -faults.dir $(abspath $(REPORTS))/faults \
		-faults.backend $(or $(BACKEND),hashiraft) -faults.seed $(or $(SEED),0) -faults.rounds $(or $(ROUNDS),1) -faults.hold $(or $(HOLD),20s)

soak: ## fuzz every decoder, repeat the kill tests, hold many sequences against the model and move a large state (about twenty minutes)
	$(GO) test -count=5 -run 'Kill' ./cmd/metalog ./plugins/local ./host/launch
	$(GO) test -timeout 30m -run 'State|Host' ./conformance/model -rapid.checks=10000
	$(GO) test -timeout 30m -run TestSequences ./builtin -sequences=100
	$(GO) test -timeout 30m -run TestMigrateThereAndBack ./cmd/metalog -offsets=100000
	./tools/fuzz.sh 30s

lint: ## golangci-lint and buf; the first run builds the linters
	$(LINT) run ./...
	$(TOOL) buf lint

generate: ## regenerate what protobuf generates
	$(TOOL) buf generate

check: generate lint test ## what has to hold before a change lands
	git diff --exit-code -- '*.pb.go'
