#!/bin/sh
# Measures every backend of several nodes beside its own library, and writes a table of
# both to standard output, as docs/benchmarks.md has it; what `go test` says goes to
# standard error. Fails if a benchmark does, and writes no table then.
#
#   tools/engines.sh [-in FILE] [flags of go test, such as -benchtime 3x]
#
# With -in it makes the table of an output of `go test -bench` that is there.
set -eu
cd "$(dirname "$0")/.."

table() {
	awk '
	/^Benchmark(P1Replicated|P2OneWriterReplicated|P10GrowthReplicated|P11Failover)\// {
		split($1, part, "/")
		row = substr(part[1], 10)
		engine = part[2]
		if (row == "P1Replicated") row = row "/" part[3]
		sub(/-[0-9]+$/, "", row)
		sub(/-[0-9]+$/, "", engine)
		if (!(row in seen)) { seen[row] = 1; order[++rows] = row }
		for (i = 3; i < NF; i += 2) value[row, engine, $(i + 1)] = $i
	}
	function of(row, engine, unit) {
		return (row, engine, unit) in value ? value[row, engine, unit] : "?"
	}
	function rate(row, engine, unit) {
		return of(row, engine, unit) == "?" ? "?" : sprintf("%d/s", of(row, engine, unit))
	}
	function cell(row, e, other) {
		if (row ~ /^P1R/) return "ratio " of(row, e, "ratio") " (" other ": " of(row, e, "ratio-" other) "); " rate(row, e, "writes/s") " against " rate(row, e, "writes/s-raw") " and " rate(row, e, "writes/s-raw-" other)
		if (row ~ /^P2/) return of(row, e, "ms-added") " ms added; " of(row, e, "ms-p50") " ms against " of(row, e, "ms-p50-raw")
		if (row ~ /^P10/) return "writes " of(row, e, "write-ratio") ", local reads " of(row, e, "read-ratio") ", linearizable reads " of(row, e, "linearizable-ratio") "; " of(row, e, "ms-write-p50") " ms a write at a million records"
		return "ratio " of(row, e, "ratio") "; " of(row, e, "ms") " ms against " of(row, e, "ms-raw")
	}
	END {
		if (!rows) { print "engines.sh: no benchmark in there" > "/dev/stderr"; exit 1 }
		print "| benchmark | hashiraft | dragonboat |"
		print "|---|---|---|"
		for (i = 1; i <= rows; i++) print "| `" order[i] "` | " cell(order[i], "hashiraft", "pipelined") " | " cell(order[i], "dragonboat", "pebble") " |"
	}' "$1"
}

if [ "${1-}" = -in ]; then
	table "${2:?-in wants a file}"
	exit
fi
out=$(mktemp)
trap 'rm -f "$out"' EXIT
"${GO:-go}" test -run '^$' -timeout 0 -bench 'P1Replicated|P2OneWriterReplicated|P10GrowthReplicated|P11Failover' "$@" ./bench >"$out" || {
	cat "$out" >&2
	exit 1
}
cat "$out" >&2
table "$out"
