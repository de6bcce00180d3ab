# What suites share that run Berth itself: the nodes with its image, and the account that it has there. Sourced after suite.sh.
# IMAGE=TAR: an image that exists, instead of one of this tree; IMAGE=loaded: the one that the nodes have since the last time,
# with KEEP=yes.

home=$(cd "$TESTBED/.." && pwd)
image=localhost/berth:testbed

up_with_image() { # two nodes
  "$home/berth" profiles > /dev/null || return 1   # builds it
  if [ -z "${IMAGE:-}" ]; then
    "$home/berth" image --base "$base" --name "$image" --tar "$work/berth.tar" || return 1
  fi
  bring_up --nodes 2 || { diagnose; return 1; }
  [ "${IMAGE:-}" = loaded ] || "$TESTBED/load-image" "${IMAGE:-$work/berth.tar}" || return 1
  rm -f "$work/berth.tar"
}

made() { kubectl create "$@" --dry-run=client -o yaml | kubectl apply -f -; }   # or there from the last time
# rights_of_deploy NAMESPACE [ROLE]...: the account berth-runner of a namespace has the rights of deploy/ there, and those
# ClusterRoles
rights_of_deploy() {
  local namespace=$1 role; shift
  kubectl apply -n "$namespace" -f "$home/deploy/driver.yaml" -f "$home/deploy/runner.yaml" && kubectl apply -f "$home/deploy/cluster.yaml" || return 1
  for role in "$@"; do
    made clusterrolebinding "$role" --clusterrole="$role" --serviceaccount="$namespace:berth-runner" || return 1
  done
}
# runner_of NAMESPACE: $work/runner.kubeconfig is that account's, and no more than that
runner_of() {
  local token
  token=$(kubectl -n "$1" create token berth-runner --duration=24h) || return 1
  sed "s/user: admin/user: runner/; s/^users:.*/users: [{name: runner, user: {token: $token}}]/" "$KUBECONFIG" > "$work/runner.kubeconfig"
}

# The S3 server of the testbed: its keys in $access and $secret, and in the Secret s3 of these namespaces; and its bucket.
keys_and_bucket() { # NAMESPACE...
  local namespace
  access=$(kubectl -n storage get secret s3 -o jsonpath='{.data.access}' | base64 -d)
  secret=$(kubectl -n storage get secret s3 -o jsonpath='{.data.secret}' | base64 -d)
  for namespace in "$@"; do
    made secret generic -n "$namespace" s3 --from-literal=AWS_ACCESS_KEY_ID="$access" --from-literal=AWS_SECRET_ACCESS_KEY="$secret" || return 1
  done
  # Made, or there from the last time.
  in_bucket -s -o /dev/null -w '%{http_code}\n' -X PUT '' | grep -qE '^(200|409)$' || fail "no bucket can be made"
}
# in_bucket [OPTION OF curl]... KEY OR QUERY
in_bucket() {
  on_network 1 curl -S --aws-sigv4 aws:amz:us-east-1:s3 -u "$access:$secret" \
    -H "x-amz-content-sha256: $(sha256sum < /dev/null | cut -d ' ' -f 1)" "${@:1:$#-1}" "http://10.96.77.2:7070/benchmarks${*: -1}"
}
