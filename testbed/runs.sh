# What suites share that start runs as a user would: suites of one small workload, the account that runs them, and how it is seen
# that nothing is left. Sourced after suite.sh.

. "$TESTBED/berth.sh"

forget_runs() {
  local namespace
  for namespace in bench open; do
    timeout 120 kubectl -n $namespace delete deployment,statefulset,pod,pvc,service,configmap,resourcequota --all --grace-period=0 --force
    timeout 60 kubectl -n $namespace delete secret -l app.kubernetes.io/managed-by=berth
  done
  timeout 60 kubectl delete persistentvolume,storageclass -l "berth.io/run in ($(runs))"
} > /dev/null 2>&1

# From where addresses and names of services lead somewhere, as in a pod. A prefix and no function: what runs behind a function
# in the background is a shell, and that would get the signals.
in_cluster=(nsenter --net="$(node_netns 1)" unshare --mount sh -c 'mount --bind "$0" /etc/resolv.conf && exec "$@"' "$work/resolv.conf")
# With the rights of deploy/, and no more.
berth() { KUBECONFIG=$work/runner.kubeconfig "${in_cluster[@]}" "${installation:-$home}/berth" "$@"; }
begin() { # ARGUMENT...: in the background; $runner is its process
  KUBECONFIG=$work/runner.kubeconfig "${in_cluster[@]}" "$home/berth" "$@" & runner=$!
}
# [files=N] [mib=N] [reads=N] [iterations=N] [blocks=N] suite NAME PROFILE NAMESPACE [LINE OF kubernetes:]... -- [MORE OF THE
# WORKLOAD [MORE OF spark:]]: a suite of one short trial, or as many as blocks, with its answer verified. PROFILE is a file in $work, without .yaml.
suite() {
  local name=$1 profile=$2 namespace=$3 lines=(); shift 3
  while [ "${1:---}" != -- ]; do lines+=("$1"); shift; done
  # A node has two processors.
  [[ "${lines[*]}" = *driverCpu* ]] || lines+=('driverCpu: 500m')
  cat > "$work/$name.yaml" <<Y
name: $name
profiles: [$profile.yaml]
blocks: ${blocks:-1}
kubernetes:
  image: $image
  imagePullPolicy: Never
  namespace: $namespace
$(printf '  %s\n' "${lines[@]}")
workloads:
  - {name: throughput, warmup: 0, iterations: ${iterations:-1}, parameters: {files: ${files:-4}, fileMiB: ${mib:-4}, randomReads: ${reads:-4}}${2:+, $2}}
spark: {spark.driver.memory: 600m, spark.executor.memory: 600m${3:+, $3}}
Y
}
# profile NAME 'SETTINGS': a profile of the volume backend
profile() { echo "{name: $1, backend: volume, description: of a test, accessType: nas, settings: {$2}}" > "$work/$1.yaml"; }
trial() { gzip -cdf "$work/$1"/trials/block1-*.json* | tr -d '\n'; }
# ends NAME CODE OUTCOME TEXT [DIR]: the run ends with that exit code, its cell with that outcome, and the report has that text
ends() {
  local code=0 out=${5:-$work/$1}
  berth run "$work/$1.yaml" --out "$out" || code=$?
  berth report "$out" --format json > "$work/report.json"
  grep -q '"outcome" *: *"'"$3"'"' "$work/report.json" && grep -q -- "$4" "$work/report.json" || { cat "$work/report.json"; fail "not $3 or not in the report: $4"; }
  [ $code = "$2" ] || fail "exit code $code and not $2"
}
# What a run could leave.
remains() {
  kubectl -n "$1" get pods,services,configmaps,secrets,persistentvolumeclaims,deployments,statefulsets -l app.kubernetes.io/managed-by=berth -o name
  kubectl -n "$1" get pods,services -l spark-role=executor -o name
  kubectl -n "$1" get configmaps,persistentvolumeclaims -o name | grep -v kube-root-ca
  kubectl get persistentvolumes,storageclasses -l "berth.io/run in ($(runs))" -o name
}
runs() { sed -n 's/^  "run" : "\([^"]*\)",$/\1/p' "$work"/*/plan.json "$work"/readme/results/*/plan.json 2> /dev/null | paste -sd,; }
# Owned objects go a moment after their owner.
empty() { [ -z "$(remains "$1")" ]; }
run_left_nothing() { eventually empty "$1" || { remains "$1"; return 1; }; }

executors_run() { kubectl -n "$1" get pods -l spark-role=executor --field-selector=status.phase=Running -o name; }
two_executors_run() { [ "$(executors_run "$1" | wc -l)" = 2 ]; } # NAMESPACE
driver_runs() { [ "$(kubectl -n "$1" get pods -l spark-role=driver -o jsonpath='{.items[*].status.phase}')" = Running ]; }
# Files of a trial are on the NFS server's export: it measures.
writes() { kubectl -n storage exec deployment/nfs -- find /data/export -path '*/berth/runs/*' -size +1M | grep -q .; }
killed_in_mid_trial() { # NAME [NAMESPACE]
  local runner
  begin run "$work/$1.yaml" --out "$work/$1"
  eventually driver_runs "${2:-bench}"
  kill -9 $runner; wait $runner || true
}

# After up_with_image: the namespaces bench, which is restricted, and open; one account that works in both, and their storages.
prepare_runs() {
  kubectl apply -f - <<'Y' &&
apiVersion: v1
kind: Namespace
metadata: {name: bench, labels: {pod-security.kubernetes.io/enforce: restricted}}
---
# Level restricted allows neither nfs nor hostPath.
apiVersion: v1
kind: Namespace
metadata: {name: open}
---
apiVersion: storage.k8s.io/v1
kind: StorageClass
metadata: {name: nfs-csi}
provisioner: nfs.csi.k8s.io
parameters: {server: nfs.storage.svc.cluster.local, share: /export, mountPermissions: "0777"}
mountOptions: [nconnect=2]
Y
    rights_of_deploy open && rights_of_deploy bench berth-reader berth-provisioner && works_in open && runner_of bench && keys_and_bucket bench || return 1
  profile class 'fsType: fuse.nfs, dataClaim: {storageClassName: nfs-csi, accessModes: [ReadWriteMany], resources: {requests: {storage: 1Gi}}}'
  printf 'nameserver %s\noptions ndots:1\n' "$DNS_IP" > "$work/resolv.conf"
}
# works_in NAMESPACE: so does the account of bench, where deploy/ is applied
works_in() { made rolebinding runner-of-bench -n "$1" --role=berth-runner --serviceaccount=bench:berth-runner; }
