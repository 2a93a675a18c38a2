# `make help` lists what there is. Everything is built under target/, data is kept under data/.
SHELL := bash
export CARGO_TARGET_DIR := $(CURDIR)/target
# `make run ARGS="--listen 0.0.0.0:8080"` passes settings on.
ARGS ?=

.DEFAULT_GOAL := help
.PHONY: help run demo dev test build lint bench torture torture-points setup setup-tests

help: ## this list
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/  make \1\t\2/' | expand -t 18

setup:
	@scripts/setup

setup-tests:
	@scripts/setup tests

run: setup ## build, and start on http://127.0.0.1:3000 with SQLite under data/
	@scripts/build-dev
	@target/debug/switchhook serve $(ARGS)

demo: setup ## run, with a lively demonstration organization (made anew each time)
	@scripts/build-dev
	@rm -rf data/demo
	@DATABASE_URL=sqlite://data/demo/switchhook.db target/debug/switchhook demo $(ARGS)

dev: setup ## run, build again and reload the page when a file changes
	@cargo xtask dev $(ARGS)

build: setup ## release build: target/release/switchhook, web assets inside
	@cargo xtask assets --release
	@cargo build --release --locked --features ssr --bin switchhook
	@echo "target/release/switchhook is ready; it runs from any folder."

test: setup-tests ## every test: Rust on SQLite and Postgres, browsers with scripts off and on
	@scripts/test

lint: setup ## format, clippy for server and browser side, licences and sources of dependencies
	cargo fmt --all --check
	cargo clippy --locked --workspace --all-targets --features switchhook/ssr -- -D warnings
	cargo clippy --locked --package switchhook --lib --features hydrate --target wasm32-unknown-unknown --profile browser-dev -- -D warnings
	cargo xtask audit

bench: build ## the load benchmark; ARGS="--database both --repeats 3" (docs/PERFORMANCE.md)
	@cargo run --quiet --release --locked --package rig --bin bench -- $(ARGS)

torture: build ## kill it a thousand times on each database and compare ledger, log and database
	@cargo run --quiet --release --locked --package rig --bin torture -- $(ARGS)

torture-points: setup ## end a debug build twenty times at each point between two steps of a delivery
	@cargo build --locked --features ssr --bin switchhook
	@SWITCHHOOK_BIN=target/debug/switchhook cargo run --quiet --release --locked --package rig --bin torture -- --moments points --kills 20 $(ARGS)
