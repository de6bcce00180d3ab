# What the testbed's suites of tests share: a testbed of their own, a few verbs, and the loop that runs tests. Sourced:
#
#   . suite.sh 8 [--no-storage]    # takes the programs and images of the caller's testbed, and runs testbed 8
#   test_a01_what_holds() { … }    # fails at its first command that fails; its output is shown only then
#   run_tests "${1:-}"             # those with the pattern in their name; status 1 when one failed, 2 when there is none
#
# Tests with one letter run in random order, SEED=N repeats it; the letters in theirs. Tests with the letter s are for
# testbed/soak. TEST_ID=N: another testbed than the suite's. KEEP=yes: leave it up, and find it again the next time.
# However else a suite ends, also by a signal, its testbed is taken down.

. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
need_root
"$TESTBED/build" ${2:-} || exit 1
base=$("$TESTBED/base-image") || exit 1
built=$STATE
export BERTH_TESTBED_ID=${TEST_ID:-$1} BERTH_TESTBED_STATE=$built.test-${TEST_ID:-$1} BERTH_TESTBED_NO_STORAGE=${2:+yes}
mkdir -p "$BERTH_TESTBED_STATE"
ln -sfn "$built/bin" "$BERTH_TESTBED_STATE/bin"
ln -sfn "$built/images" "$BERTH_TESTBED_STATE/images"
. "$TESTBED/lib.sh"

work=$(mktemp -d)
tools=localhost/testbed-tools:1
# How long anything may take before it counts as not happening. What works takes a fraction, also on a busy machine; of
# all there is, kubelet's growing of a volume takes longest, two minutes.
patience=240
# What one test may take, for those that hang where no wait of ours looks.
test_seconds=${TEST_SECONDS:-900}
group= watchdog=   # process groups: of the test that runs, and of what ends it after its time

end_test() { # also what it left in the background
  local i
  [ -n "$group" ] || return 0
  # By what no trap catches: one that was forked a moment ago still has the traps of this shell, and would finish the suite.
  [ -z "$watchdog" ] || { kill -KILL -- "-$watchdog"; wait "$watchdog"; } 2> /dev/null
  kill -TERM -- "-$group" 2> /dev/null
  for i in $(seq 50); do kill -0 -- "-$group" 2> /dev/null || break; sleep 0.1; done
  kill -KILL -- "-$group" 2> /dev/null
  group= watchdog=
}
# bring_up [ARGUMENT]...: up, before the first test. Bash takes a signal only after a program that it runs in the
# foreground, and `up` may take minutes.
bring_up() {
  local result=0
  set -m; "$TESTBED/up" "$@" < /dev/null & group=$!; set +m
  wait $group || result=$?
  group=
  return $result
}
finish() {
  trap '' INT TERM HUP
  end_test
  if [ -z "${KEEP:-}" ]; then
    if "$TESTBED/down"; then rm -rf --one-file-system "$STATE"; else say "what is left is in $STATE"; fi
  fi
  rm -rf --one-file-system "$work"
}
trap finish EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP
[ -n "${KEEP:-}" ] || "$TESTBED/down" || exit 1   # of a suite that had no time to do it

# --- verbs -----------------------------------------------------------------------

fail() { echo "$*" >&2; return 1; }
refuse() { ! "$@" || fail "succeeded, and should not have: $*"; }
eventually() { # COMMAND...: until it succeeds
  local deadline=$((SECONDS + patience))
  until "$@"; do [ $SECONDS -lt $deadline ] || fail "not within $patience s: $*" || return 1; sleep 0.3; done
}
quote() { printf '"%s"' "$(sed 's/\\/\\\\/g; s/"/\\"/g' <<< "$1" | tr '\n' ';')"; }   # as a JSON string
phase() { kubectl get pod "$1" -o jsonpath='{.status.phase}'; }
ended() { case $(phase "$1") in Succeeded | Failed) ;; *) return 1 ;; esac; }
running() { # POD: waits until it is ready
  kubectl wait --for=condition=Ready --timeout=${patience}s "pod/$1" > /dev/null || { kubectl describe "pod/$1" >&2; return 1; }
}
finished() { # POD [PHASE]: waits for its end, prints its output, and says whether it ended so
  local wanted=${2:-Succeeded}
  eventually ended "$1" || { kubectl describe "pod/$1" >&2; return 1; }
  kubectl logs "$1"
  [ "$(phase "$1")" = "$wanted" ] || { kubectl describe "pod/$1" >&2; fail "the pod $1 is not $wanted"; }
}
remove() { kubectl delete pod "$@" --grace-period=0 --wait --timeout=${patience}s > /dev/null; }

# --- what a testbed could leave behind -------------------------------------------

# Everything of the machine, without the share of other testbeds. A process of ours is in our namespaces (whose names are
# in $work/namespaces), or says our directory.
machine() {
  local hierarchy process ids=0123456789
  {
    ip -o link | sed 's/^[0-9]*: \([^:@]*\).*/link \1/'
    ip route | sed 's/^/route /'
    nft list tables | sed 's/^/nft /'
    awk '{ print "mount", $5 }' /proc/self/mountinfo
    losetup --list --noheadings --output BACK-FILE | sed 's/^/loop /'
    for hierarchy in $(cgroup_hierarchies); do ls -d "$hierarchy"/berth[0-9] 2> /dev/null; done | sed 's/^/cgroup /'
    ls -d "$RUN" 2> /dev/null
    for process in /proc/[0-9]*; do
      if readlink "$process"/ns/{net,mnt} 2> /dev/null | grep -qxFf "$work/namespaces"; then echo "process in our namespaces: $process"; fi
      if tr '\0' ' ' < "$process/cmdline" 2> /dev/null | grep -q "$RUN/"; then echo "process with our paths: $(tr '\0' ' ' < "$process/cmdline")"; fi
    done 2> /dev/null
  } | awk -v ours="$RUN" -v others="berth[${ids/$ID/}]" 'index($0, ours) || !/berth-testbed/ && $0 !~ others' | LC_ALL=C sort
}
# Before each taking down, while the namespaces have names.
note_namespaces() {
  local node
  for node in $(node_numbers); do on_node "$node" readlink /proc/self/ns/net /proc/self/ns/mnt; done > "$work/namespaces"
}
# A network namespace is taken apart by a kernel worker, shortly after its end.
nothing_is_left() {
  eventually same_machine || { cat "$work/left"; return 1; }
}
same_machine() { machine > "$work/now"; comm -13 "$work/machine" "$work/now" > "$work/left" && [ ! -s "$work/left" ]; }
: > "$work/namespaces"
[ -n "${KEEP:-}" ] || machine > "$work/machine"

# --- the loop --------------------------------------------------------------------

diagnose() {
  local log
  if [ -f "$KUBECONFIG" ]; then
    timeout 20 kubectl get pods,pvc -A -o wide
    timeout 20 kubectl get events -A --sort-by=.lastTimestamp | tail -n 15
  fi
  for log in "$RUN"/log/*.log; do [ ! -s "$log" ] || { echo "--- ${log##*/}"; tail -n 3 "$log" | cut -c1-300; }; done
}
forget() { :; }   # what a suite does after a failed test, so that the next one finds nothing of it

# soak_has LETTER: a soak runs these, too, which are of every run
soak_has() {
  local name
  [ -n "${SOAK:-}" ] || return 0
  for name in $(declare -F | awk -v letter="^test_$1" '$3 ~ letter { print $3 }'); do eval "test_s_${name#test_}() { $name; }"; done
}

before_tests() { :; }   # TEST...: what a suite does before the first of those that will run

run_tests() { # [PATTERN]
  local name names began seed=${SEED:-$RANDOM} letters=a-rt-z passed=0 failed=0
  [ -z "${SOAK:-}" ] || letters=s
  names=$(declare -F | awk -v letters="^test_[$letters]" -v wanted="${1:-}" -v seed="$seed" 'BEGIN { srand(seed) }
      $3 ~ letters && $3 ~ wanted { print substr($3, 6, 1), rand(), $3 }' | LC_ALL=C sort | cut -d' ' -f3)
  [ -n "$names" ] || { say "no test has '${1:-}' in its name"; return 2; }
  # shellcheck disable=SC2086
  before_tests $names || { diagnose; return 1; }
  echo "order: SEED=$seed"
  for name in $names; do
    began=$SECONDS
    set -m   # each test is a process group of its own
    ( RANDOM=$seed BASH_XTRACEFD=6; set -ex; "$name" ) > "$work/log" 2>&1 < /dev/null 6> "$work/trace" & group=$!
    ( sleep "$test_seconds"; echo "not at its end after $test_seconds s" >> "$work/log"; kill -TERM -- "-$group" ) & watchdog=$!
    set +m
    if wait $group; then
      passed=$((passed + 1)); echo "ok    ${name#test_} ($((SECONDS - began)) s)"
      [ -z "${SOAK:-}" ] || sed 's/^/      /' "$work/log"
    else
      failed=$((failed + 1)); echo "FAIL  ${name#test_} ($((SECONDS - began)) s)"
      { tail -n 12 "$work/trace" | cut -c1-300; echo "--- its output"; cat "$work/log"; diagnose; forget; } 2>&1 | sed 's/^/      /'
    fi
    end_test
  done
  echo "$SECONDS s"
  echo "$passed passed, $failed failed"
  [ $failed = 0 ]
}
