#!/bin/sh
# What the I/O probe costs per storage call, by JMH: nanoseconds (Score) and allocated bytes (gc.alloc.rate.norm).
# Arguments go to JMH: benchmarks/io-probe.sh -f 1 -wi 2 -i 3
# On a machine that others use too, "benchmarks/io-probe.sh cpu" measures CPU time instead.
set -eu
cd "$(dirname "$0")/.."
file=$(mktemp)
trap 'rm -f "$file"' EXIT
mvn -B -ntp -q -Dgates=off -Pbenchmarks -pl model,io-probe test-compile dependency:build-classpath \
    -Dmdep.outputFile="$file" -Dmdep.includeScope=test
class_path="io-probe/target/test-classes:io-probe/target/classes:$(cat "$file")"
if [ "${1:-}" = cpu ]; then
    java -cp "$class_path" io.berth.probe.bridge.CpuPerCall
else
    java -cp "$class_path" org.openjdk.jmh.Main io.berth.probe -prof gc "$@"
fi
