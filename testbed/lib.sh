# What the commands of the testbed share: names, addresses, processes, nodes.
# Sourced by bash scripts; sourcing it starts and changes nothing.
#
# The one idea: everything that runs is in a cgroup of ours and everything that a
# node mounts or configures is in network and mount namespaces of ours. So taking
# the testbed down needs no memory of what was done: end every process in the
# cgroup, drop the namespaces, and mounts, interfaces, routes, nft tables and
# netns go with them, whatever crashed before.

TESTBED=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)

# A second testbed beside the first has another ID (0-9) and another state directory.
ID=${BERTH_TESTBED_ID:-0}
if [ "$ID" = 0 ]; then STATE=${BERTH_TESTBED_STATE:-/var/lib/berth-testbed}
else STATE=${BERTH_TESTBED_STATE:-/var/lib/berth-testbed-$ID}; fi
BIN=$STATE/bin           # built once, kept
IMAGES=$STATE/images     # built once, kept
RUN=$STATE/run           # everything of a running testbed; gone after down
KUBECONFIG=$RUN/kubeconfig
FLEXVOLUME_DIR=$RUN/flexvolume
export KUBECONFIG STATE FLEXVOLUME_DIR
PATH=$BIN/.go/bin:$BIN:$PATH:/usr/sbin:/sbin

NAME=berth$ID            # of the cgroup and of the host's interface
HOST_IP=10.243.$ID.1
API=10.243.$ID.11:6443   # node1's address: the control plane runs there
SERVICES=10.96.0.0/16
DNS_IP=10.96.0.10
PODS=10.244.0.0/16
node_ip()     { echo "10.243.$ID.$((10 + $1))"; }
node_pods()   { echo "10.244.$((10 * ID + $1)).0/24"; }
node_netns()  { echo "$RUN/ns/net$1"; }   # a file of ours: /run/netns is shared with whoever names one
node_exists()  { [ -e "$RUN/node$1/created" ] && mountpoint -q "$(node_netns "$1")" && mountpoint -q "$RUN/ns/node$1"; }
node_numbers() { local n; for n in 1 2 3 4 5 6 7 8 9; do if node_exists $n; then echo $n; fi; done; }

say()  { echo "testbed: $*" >&2; }
die()  { say "$*"; exit 1; }
need_root() { [ "$(id -u)" = 0 ] || die "needs root (namespaces, mounts, cgroups)"; }

# need_own: our names are not another state directory's
need_own() {
  local owner
  owner=$(cat "/sys/class/net/$NAME/ifalias" 2> /dev/null) || true
  [ -z "$owner" ] || [ "$owner" = "$STATE" ] ||
    die "testbed $ID runs from $owner: take it down there, or choose another BERTH_TESTBED_ID (0-9)"
}

# One up or down of a state directory at a time. Daemons must not inherit fd 9.
lock() {
  mkdir -p "$STATE"
  exec 9> "$STATE/lock"
  flock -n 9 || { say "waiting for another up or down of $STATE"; flock 9; }
}

# wait_for SECONDS WHAT COMMAND...: until the command succeeds. Give it minutes: others may keep the machine busy.
wait_for() {
  local deadline=$((SECONDS + $1)) what=$2; shift 2
  until "$@" > /dev/null 2>&1; do
    [ "$SECONDS" -lt "$deadline" ] || die "waited in vain for: $what; see the logs in $RUN/log"
    sleep 0.1
  done
}

# need_packages PACKAGE[=VERSION]...: installs what is missing, and starts none of it
need_packages() {
  local package version missing=() policy=/usr/sbin/policy-rc.d
  for package in "$@"; do
    version=$(dpkg-query -W -f '${db:Status-Status} ${Version}' "${package%%=*}" 2> /dev/null) || true
    if [[ $version != "installed "* ]]; then missing+=("$package")
    # shellcheck disable=SC2053
    elif [[ $package == *=* && ${version#installed } != ${package#*=} ]]; then
      die "${package%%=*} ${version#installed } is installed, and ${package#*=} is needed: remove it, or install that"
    fi
  done
  [ ${#missing[@]} -gt 0 ] || return 0
  say "installing ${missing[*]}"
  (
    exec 6< /usr/sbin; flock 6   # two at a time would take away each other's policy
    # Debian would start a containerd of its own.
    [ -e $policy ] || { trap 'rm -f $policy' EXIT; printf '#!/bin/sh\nexit 101\n' > $policy; chmod +x $policy; }
    apt-get update -qq -o DPkg::Lock::Timeout=300
    DEBIAN_FRONTEND=noninteractive apt-get install -qq -y -o DPkg::Lock::Timeout=300 --no-install-recommends "${missing[@]}"
  ) > "$STATE/packages.log" 2>&1 || { tail -n 3 "$STATE/packages.log" >&2; die "apt-get could not install ${missing[*]}; see $STATE/packages.log"; }
}

# --- cgroups: cgroup v1 has a hierarchy per controller, v2 has one ---------------

cgroup_hierarchies() { awk '$3 == "cgroup" || $3 == "cgroup2" { print $2 }' /proc/mounts; }

# make_cgroup PATH below ours, in every hierarchy
make_cgroup() {
  local hierarchy parent child part controller
  for hierarchy in $(cgroup_hierarchies); do
    parent=$hierarchy
    for part in $NAME ${1//\// }; do
      child=$parent/$part
      # v2 hands a controller down only when told to.
      if [ -f "$parent/cgroup.subtree_control" ]; then
        for controller in $(cat "$parent/cgroup.controllers"); do
          echo "+$controller" > "$parent/cgroup.subtree_control" 2>/dev/null || true
        done
      fi
      mkdir -p "$child"
      # A new v1 cpuset is empty and takes no process.
      for controller in cpuset.cpus cpuset.mems; do
        [ -f "$child/cgroup.procs" ] && [ -f "$child/$controller" ] && [ ! -f "$child/cgroup.controllers" ] &&
          [ -z "$(cat "$child/$controller")" ] && cat "$parent/$controller" > "$child/$controller"
      done
      parent=$child
    done
  done
}

# cgroup_pids [PATH]: every process of ours, or those below PATH
cgroup_pids() {
  local hierarchy
  for hierarchy in $(cgroup_hierarchies); do
    find "$hierarchy/$NAME${1:+/$1}" -name cgroup.procs -exec cat {} + 2>/dev/null || true
  done | sort -un
}

# enter_cgroup PATH: this process, and what it starts from now on
enter_cgroup() {
  local hierarchy
  make_cgroup "$1"
  for hierarchy in $(cgroup_hierarchies); do echo "$BASHPID" > "$hierarchy/$NAME/$1/cgroup.procs"; done
}

# The loop is there because a process may fork between the look and the kill.
kill_cgroup() {
  local pids deadline=$((SECONDS + 60))
  while [ $SECONDS -lt $deadline ]; do
    pids=$(cgroup_pids "${1:-}")
    [ -n "$pids" ] || return 0
    kill -9 $pids 2>/dev/null || true
    thaw_cgroup "${1:-}"
    sleep 0.1
  done
  die "these processes don't die: $(echo $pids)"
}

# What a container runtime has paused doesn't die before it goes on: the freezer of v1 has a word for it, v2's a number.
thaw_cgroup() {
  local hierarchy file
  for hierarchy in $(cgroup_hierarchies); do
    find "$hierarchy/$NAME${1:+/$1}" \( -name freezer.state -o -name cgroup.freeze \) 2> /dev/null || true
  done | while read -r file; do
    case $file in
      *.state) echo THAWED > "$file" ;;
      *) echo 0 > "$file" ;;
    esac
  done 2> /dev/null || true
}

remove_cgroup() {
  local hierarchy
  for hierarchy in $(cgroup_hierarchies); do
    [ -d "$hierarchy/$NAME${1:+/$1}" ] || continue
    find "$hierarchy/$NAME${1:+/$1}" -depth -type d -exec rmdir {} + 2>/dev/null || true
  done
}

cgroups_left() { local hierarchy; for hierarchy in $(cgroup_hierarchies); do find "$hierarchy/$NAME" -type d 2> /dev/null || true; done; }

# --- daemons ---------------------------------------------------------------------

# start_daemon NODE NAME COMMAND...: in the node's namespaces and in the cgroup
# nodeN/NAME, unless it runs already. Its log is $RUN/log/nodeN-NAME.log.
start_daemon() {
  local node=$1 name=$2; shift 2
  daemon_alive "$node" "$name" && return
  (
    exec 9>&-
    enter_cgroup "node$node/$name"
    echo "$BASHPID" > "$RUN/pid/node$node-$name"
    exec nsenter --net="$(node_netns "$node")" --mount="$RUN/ns/node$node" \
      setsid "$@" >> "$RUN/log/node$node-$name.log" 2>&1 < /dev/null
  ) &
}

daemon_pid() { cat "$RUN/pid/node$1-$2" 2>/dev/null; }

# A pid alone may be somebody else's by now; a pid in our cgroup is ours.
daemon_alive() {
  local pid first
  pid=$(daemon_pid "$1" "$2") || return 1
  first=$(cgroup_hierarchies | head -n 1)
  grep -qx "$pid" "$first/$NAME/node$1/$2/cgroup.procs" 2>/dev/null
}

# on_node NODE COMMAND...: run it where the node's kubelet lives
on_node() {
  local node=$1; shift
  nsenter --net="$(node_netns "$node")" --mount="$RUN/ns/node$node" "$@"
}

# on_network NODE COMMAND...: in the node's network, with the files of the host
on_network() {
  local node=$1; shift
  nsenter --net="$(node_netns "$node")" "$@"
}

# remove_pins N: what holds the node's namespaces without a process. With the files go the copies of these mounts that
# the mount namespaces of later nodes have.
remove_pins() {
  local pin
  for pin in "$RUN/ns/node$1" "$(node_netns "$1")"; do
    while mountpoint -q "$pin"; do umount "$pin"; done
    rm -f "$pin"
  done
}

# remove_node N: from whatever state; its files stay, like the disk of a machine
remove_node() {
  kill_cgroup "node$1"
  remove_cgroup "node$1"
  rm -f "$RUN/node$1/created"
  # A namespace is taken apart later than it is deleted, and so the other end of its cable stays for a while.
  if [ "$1" = 1 ]; then ip link delete "$NAME"; else on_network 1 ip link delete "node$1"; fi 2> /dev/null || true
  remove_pins "$1"
}

# --- Go --------------------------------------------------------------------------

# need_go: a Go on the PATH that builds all this, of the version that our modules want or newer. Any other Go, such as
# Debian's, can fetch it as a module, and verifies it as one.
need_go() {
  local have version directory
  version=$(cat "$TESTBED"/*/go.mod "$TESTBED"/storage/*/go.mod | sed -n 's/^go //p' | sort -V | tail -n 1)
  have=$(GOTOOLCHAIN=local go env GOVERSION 2> /dev/null) || true
  [ "$(printf 'go%s\n%s\n' "$version" "${have:-go0}" | sort -V | head -n 1)" = "go$version" ] && return
  [ -n "$have" ] || need_packages golang-go ca-certificates
  say "fetching Go $version"
  directory=$(GOTOOLCHAIN=local go mod download -json "golang.org/toolchain@v0.0.1-go$version.linux-amd64" | sed -n 's/.*"Dir": "\(.*\)".*/\1/p') || true
  [ -n "$directory" ] || die "Go $version can't be fetched; put it or a newer one on the PATH"
  rm -rf "$BIN/.go.new" "$BIN/.go"
  cp -r --no-preserve=mode "$directory" "$BIN/.go.new"   # a module's files are read-only
  chmod +x "$BIN"/.go.new/bin/* "$BIN"/.go.new/pkg/tool/*/*
  mv "$BIN/.go.new" "$BIN/.go"
  hash -r
}

# build_go DIR: the programs of a Go module into $BIN: its main package, or else
# its tools. Builds only when the sources, go.sum or Go itself changed.
build_go() {
  local dir=$1 what=tool new flags='-s -w' stamp version programs
  stamp=$(cd "$dir" && { go version; find . -type f \( -name '*.go' -o -name 'go.*' \) | LC_ALL=C sort | xargs sha256sum; } | sha256sum)
  up_to_date "$BIN/.$(basename "$dir").stamp" "$stamp" && return
  [ -f "$dir/main.go" ] && what=.
  version=$(sed -n 's#^\tk8s.io/kubernetes \(v[0-9.]*\)$#\1#p' "$dir/go.mod")
  # Without a version the API server calls itself v0.0.0 and refuses its own features.
  [ -z "$version" ] || flags+=" -X k8s.io/component-base/version.gitVersion=$version"
  say "building $(basename "$dir")"
  new=$(mktemp -d "$BIN/.new.XXXXXX")
  (cd "$dir" && CGO_ENABLED=0 go build -p "${BERTH_TESTBED_JOBS:-2}" -trimpath -buildvcs=false -ldflags "$flags" -o "$new/" $what)
  # Renamed into place, so that a running testbed keeps its own binary.
  programs=("$new"/*)
  mv -f "${programs[@]}" "$BIN/"; rmdir "$new"
  write_stamp "$BIN/.$(basename "$dir").stamp" "$stamp" "${programs[@]##*/}"
}

# write_stamp FILE STAMP NAME...: from what which files beside FILE were made
write_stamp() { local file=$1; shift; printf '%s\n' "$@" > "$file"; }
# up_to_date FILE STAMP: whether they were made from the same, and are still there
up_to_date() {
  local lines name
  mapfile -t lines 2> /dev/null < "$1" && [ "${lines[0]:-}" = "$2" ] || return
  for name in "${lines[@]:1}"; do [ -e "${1%/*}/$name" ] || return; done
}
