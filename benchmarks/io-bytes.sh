#!/bin/sh
# Scans a large Parquet table and compares the bytes that the I/O probe counted with the kernel's, less those of a scan of
# nothing: "difference" in the last line, as a fraction. Needs berth built, twice the table's size of memory or patience,
# and the table's size of space in the directory, which is left as it was. Ends with 1 if they are more than 1 % apart.
#
#   benchmarks/io-bytes.sh [GIB] [DIRECTORY]
set -eu
gib=${1:-4.1}
home=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd)
work=$(mktemp -d "${2:-${TMPDIR:-/tmp}}/berth-io-bytes-XXXXXX")
trap 'rm -rf "$work"' EXIT
app=$home/workloads/target/app
java "@$app/jvm.options" -Xmx2g -XX:+UseSerialGC -javaagent:"$app/jars/berth-io-probe.jar" \
    -Dspark.app.name=io-bytes -Dspark.master='local[2]' -Dspark.ui.enabled=false -Dspark.local.dir="$work/local" \
    -Dspark.driver.bindAddress=127.0.0.1 -Dspark.driver.host=127.0.0.1 \
    -Dspark.sql.warehouse.dir="$work/warehouse" -Dspark.plugins=io.berth.probe.IoProbePlugin \
    -cp "$app/jars/*" io.berth.probe.selftest.ScannedBytes "$work" "$gib" >"$work/out"
result=$(tail -1 "$work/out")
echo "$result"
difference=$(echo "$result" | sed -n 's/.*"difference":\([-+.0-9Ee]*\).*/\1/p')
awk -v difference="$difference" 'BEGIN { exit !(difference != "" && difference <= 0.01 && difference >= -0.01) }'
