#!/usr/bin/env bash
# Fuzzes every target of every package for the time given (default 30s each).
set -euo pipefail
cd "$(dirname "$0")/.."
time=${1:-30s}

grep -rlE '^func Fuzz' --include='*_test.go' . | xargs -n1 dirname | sort -u | while read -r dir; do
  grep -hoE '^func Fuzz[A-Za-z0-9_]*' "$dir"/*_test.go | awk '{print $2}' | while read -r target; do
    echo "== $dir $target"
    go test "$dir" -run '^$' -fuzz "^${target}\$" -fuzztime "$time" -fuzzminimizetime 20x
  done
done
