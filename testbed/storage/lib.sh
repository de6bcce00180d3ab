# What the storages of the testbed share. Sourced by their build, install and test scripts.
. "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"
STORAGE=$TESTBED/storage
SERVERS_IMAGE=localhost/testbed-storage:1

# compile PROGRAM LIBRARIES SOURCE...: a C program into $BIN, when its sources changed
compile() {
  local program=$1 libraries=$2 stamp; shift 2
  stamp=$(cat "$@" | sha256sum)
  up_to_date "$BIN/.$program.stamp" "$stamp" && return
  need_packages gcc=4:12.* libc6-dev=2.36-* pkg-config=1.8.* libfuse3-dev=3.14.* libnfs-dev=4.0.*
  say "compiling $program"
  # shellcheck disable=SC2046
  gcc -std=gnu11 -O2 -Wall -Wextra -Werror -o "$BIN/.$program" $(printf '%s\n' "$@" | grep '\.c$') $(pkg-config --cflags --libs $libraries)
  mv "$BIN/.$program" "$BIN/$program"
  write_stamp "$BIN/.$program.stamp" "$stamp" "$program"
}

# The image of the storage servers that come from Debian: nfs-ganesha and GlusterFS, and curl
# for tests of the S3 server. About a minute, once.
build_servers_image() {
  local stamp work packages=nfs-ganesha=4.3-*,nfs-ganesha-vfs=4.3-*,rpcbind=1.2.6-*,glusterfs-server=10.3-*,curl
  stamp=$(echo "$packages" | cat - "$TESTBED/pack-image" | sha256sum)
  up_to_date "$IMAGES/.storage.stamp" "$stamp" && return
  need_packages mmdebstrap=1.3.*
  work=$(mktemp -d "$STATE/.storage-image.XXXXXX")
  say "making the image of the storage servers"
  if SOURCE_DATE_EPOCH=0 mmdebstrap --mode=root --variant=minbase --include="$packages" \
      --dpkgopt='path-exclude=/usr/share/doc/*' --dpkgopt='path-exclude=/usr/share/man/*' --dpkgopt='path-exclude=/usr/share/locale/*' \
      --customize-hook='rm -rf "$1"/var/lib/apt/lists/* "$1"/var/cache/apt/* "$1"/var/cache/ldconfig/* "$1"/var/log/*' \
      --logfile="$STATE/storage-image.log" --quiet bookworm "$work/image.tar" &&
    "$TESTBED/pack-image" "$SERVERS_IMAGE" "$work/image.tar" "$IMAGES/storage.tar" '{"Env":["PATH=/usr/sbin:/usr/bin:/sbin:/bin"]}'; then
    write_stamp "$IMAGES/.storage.stamp" "$stamp" storage.tar
  fi
  rm -rf "$work"
  [ -f "$IMAGES/storage.tar" ] || die "mmdebstrap failed; see $STATE/storage-image.log"
}

# load_image_once NAME: $IMAGES/NAME.tar to every node that has not got it
load_image_once() {
  local node
  exec 7> "$RUN/image-$1.lock"; flock 7 # installs run side by side
  for node in $(node_numbers); do
    [ -e "$RUN/node$node/image-$1" ] && continue
    "$TESTBED/load-image" --node "$node" "$IMAGES/$1.tar"
    touch "$RUN/node$node/image-$1"
  done
  exec 7>&-
}

create_storage_namespace() { kubectl create namespace storage 2> /dev/null || kubectl get namespace storage > /dev/null; }

# replace_in_nodes DIRECTORY FILE...: shows files in a directory of every node's mount
# namespace, beside those of the machine, which doesn't change
replace_in_nodes() {
  local node directory=$1 upper; shift
  for node in $(node_numbers); do
    upper=$RUN/node$node/overlay/$(echo "$directory" | tr / _)
    mkdir -p "$upper"
    cp "$@" "$upper/"
    on_node "$node" sh -c 'grep -q " $1 overlay .*lowerdir=$2:" /proc/mounts || mount -t overlay -o "lowerdir=$2:$1" testbed "$1"' - "$directory" "$upper"
  done
}
