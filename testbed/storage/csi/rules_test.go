package main

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/container-storage-interface/spec/lib/go/csi"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

func TestParametersAreJudgedAsTheRealDriversDo(t *testing.T) {
	for _, c := range []struct {
		driver, key, value string
		ok                 bool
	}{
		{"pxd.portworx.com", "repl", "3", true},
		{"pxd.portworx.com", "repl", "4", false},
		{"pxd.portworx.com", "repl", "two", false},
		{"pxd.portworx.com", "io_profile", "db_remote", true},
		{"pxd.portworx.com", "io_profile", "fastest", false},
		{"pxd.portworx.com", "priority_io", "High", true},
		{"pxd.portworx.com", "sharedv4", "true", true},
		{"pxd.portworx.com", "sharedv4", "yes please", false},
		{"pxd.portworx.com", "fs", "xfs", true},
		{"pxd.portworx.com", "fs", "ntfs", false},
		{"pxd.portworx.com", "team", "spark", true}, // an unknown key is a label
		{"csi.berth.io", "faults", "true", true},
		{"csi.berth.io", "faults", "maybe", false},
		{"csi.berth.io", "repl", "2", false},
	} {
		d := &blockDriver{rules: rulesFor(c.driver)}
		err := d.readParameters(map[string]string{c.key: c.value}, &volume{})
		if (err == nil) != c.ok {
			t.Errorf("%s: %s=%s: %v", c.driver, c.key, c.value, err)
		}
	}
}

func TestNfsParameters(t *testing.T) {
	v, err := readNfsParameters("pvc-1", map[string]string{"server": "nfs.storage.svc", "share": "/export", "mountPermissions": "0777"})
	if err != nil || v.id() != "nfs.storage.svc#export#pvc-1##" || v.permissions != 0o777 {
		t.Errorf("%+v %v", v, err)
	}
	v, err = readNfsParameters("pvc-1", map[string]string{"Server": "s", "SHARE": "/", "onDelete": "archive",
		"subDir": "${pvc.metadata.namespace}/${pvc.metadata.name}", "csi.storage.k8s.io/pvc/name": "data", "csi.storage.k8s.io/pvc/namespace": "bench"})
	if err != nil || v.id() != "s##bench/data#pvc-1#archive" {
		t.Errorf("%+v %v", v, err)
	}
	back, err := nfsVolumeOf(v.id())
	if err != nil || back.server != v.server || back.share != v.share || back.subDir != v.subDir || back.onDelete != v.onDelete {
		t.Errorf("%+v %v", back, err)
	}
	for message, parameters := range map[string]map[string]string{
		"required parameter":  {"share": "/export"},
		"invalid parameter":   {"server": "s", "share": "/", "repl": "2"},
		"not one of":          {"server": "s", "share": "/", "onDelete": "burn"},
		"not an octal number": {"server": "s", "share": "/", "mountPermissions": "rwx"},
		"leaves the share":    {"server": "s", "share": "/", "subDir": "../../etc"},
	} {
		if _, err := readNfsParameters("pvc-1", parameters); err == nil || !strings.Contains(err.Error(), message) {
			t.Errorf("%v: %v", parameters, err)
		}
	}
}

func TestAnIdThatLeavesItsShareIsRefused(t *testing.T) {
	for id, ok := range map[string]bool{
		"s#export#bench/data#pvc-1#": true, "s#export#../etc#pvc-1#": false, "s#export#a/../../etc#pvc-1#": false,
		"s#export#.#pvc-1#": false, "s#export#a/..#pvc-1#": false, "s#export#/etc#pvc-1#": false, "s#export##pvc-1#": false,
	} {
		if _, err := nfsVolumeOf(id); (err == nil) != ok {
			t.Errorf("%s: %v", id, err)
		}
	}
}

func TestDeletionStaysInTheShareAndArchivesBesideTheVolume(t *testing.T) {
	outside, dir := t.TempDir(), t.TempDir()
	write := func(paths ...string) {
		for _, p := range paths {
			if err := os.MkdirAll(filepath.Dir(p), 0o777); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(p, []byte(p), 0o666); err != nil {
				t.Fatal(err)
			}
		}
	}
	exists := func(p string) bool { _, err := os.Lstat(p); return err == nil }
	write(filepath.Join(outside, "data/f"), filepath.Join(dir, "bench/one/f"), filepath.Join(dir, "bench/two/f"), filepath.Join(dir, "bench/archived-two/old"))
	if err := os.Symlink(outside, filepath.Join(dir, "link")); err != nil {
		t.Fatal(err)
	}
	if err := inRoot(dir, nfsVolume{subDir: "link/data"}.remove); err == nil {
		t.Error("a link led out of the share")
	}
	if !exists(filepath.Join(outside, "data/f")) {
		t.Error("a file outside the share was removed")
	}
	if err := inRoot(dir, nfsVolume{subDir: "bench/one"}.remove); err != nil || exists(filepath.Join(dir, "bench/one")) {
		t.Errorf("not removed: %v", err)
	}
	for range 2 { // the second time there is nothing to archive, and what was archived stays
		if err := inRoot(dir, nfsVolume{subDir: "bench/two", onDelete: "archive"}.remove); err != nil {
			t.Error(err)
		}
	}
	if !exists(filepath.Join(dir, "bench/archived-two/f")) || exists(filepath.Join(dir, "bench/archived-two/old")) || exists(filepath.Join(dir, "bench/two")) {
		t.Error("not archived in place of the earlier one")
	}
}

// With a real file system, as root.
func TestACopyThatWasKilledLetsWritersGoOn(t *testing.T) {
	if os.Getuid() != 0 {
		t.Skip("needs root")
	}
	p, err := openPool(t.TempDir(), 1<<30)
	if err != nil {
		t.Fatal(err)
	}
	d := &blockDriver{rules: rulesFor("csi.berth.io"), node: "node1", pool: p}
	image := p.image("volumes", "v")
	if ok, err := p.reserve(image, 32<<20, true); !ok || err != nil {
		t.Fatal(ok, err)
	}
	if err := makeFileSystem(image, "ext4"); err != nil {
		t.Fatal(err)
	}
	used, left := t.TempDir(), filepath.Join(p.root, "copy-node1-1")
	if err := os.Mkdir(left, 0o755); err != nil {
		t.Fatal(err)
	}
	err = withLoop(image, func(device string, _ bool) error {
		for _, dir := range []string{used, left} {
			if _, err := run("mount", device, dir); err != nil {
				return err
			}
			t.Cleanup(func() { unmount(dir) })
		}
		_, err := run("fsfreeze", "--freeze", left)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { run("fsfreeze", "--unfreeze", used) })
	if err := d.endCopies(); err != nil {
		t.Fatal(err)
	}
	if _, err := run("timeout", "10", "touch", filepath.Join(used, "f")); err != nil {
		t.Errorf("the writer is still held off: %v", err)
	}
	if _, err := os.Stat(left); !os.IsNotExist(err) {
		t.Errorf("%s stayed: %v", left, err)
	}
}

func TestACallWaitsForThoseOfTheSameVolumeOnly(t *testing.T) {
	p, err := openPool(t.TempDir(), 1<<30)
	if err != nil {
		t.Fatal(err)
	}
	unlockA, err := p.lock(ref{"volumes", "a"}, ref{"snapshots", ""})
	if err != nil {
		t.Fatal(err)
	}
	unlockB, err := p.lock(ref{"volumes", "b"}, ref{"snapshots", "a"}, ref{"volumes", "b"}, ref{"snapshots", ""})
	if err != nil {
		t.Fatal(err)
	}
	unlockB()
	got := make(chan struct{})
	go func() {
		unlock, err := p.lock(ref{"volumes", "b"}, ref{"volumes", "a"})
		if err != nil {
			t.Error(err)
		} else {
			unlock()
		}
		close(got)
	}()
	select {
	case <-got:
		t.Error("two had the same volume at a time")
	case <-time.After(100 * time.Millisecond):
	}
	unlockA()
	<-got
}

func TestWhatIsPromisedIsNotPromisedAgain(t *testing.T) {
	p, err := openPool(t.TempDir(), 100<<20)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		id        string
		mebibytes int64
		empty, ok bool
	}{{"a", 60, true, true}, {"b", 60, true, false}, {"b", 30, true, true}, {"a", 70, false, true}, {"a", 71, false, false}, {"b", 30, true, true}} {
		if ok, err := p.reserve(p.image("volumes", c.id), c.mebibytes<<20, c.empty); ok != c.ok || err != nil {
			t.Errorf("%+v: %t %v", c, ok, err)
		}
	}
	if free, err := p.free(); free != 0 || err != nil {
		t.Error(free, err)
	}
}

func TestAVolumeIsNeverSmallerThanAskedForNorLargerThanTheLimit(t *testing.T) {
	for _, c := range []struct{ required, limit, source, want int64 }{
		{0, 0, 0, 1 << 30},
		{0, 100 << 20, 0, 100 << 20},
		{1, 0, 0, 16 << 20},
		{100<<20 + 1, 0, 0, 101 << 20},
		{100<<20 + 1, 100<<20 + 5, 0, 100<<20 + 1},
		{64 << 20, 0, 200 << 20, 200 << 20},
		{1, 1 << 20, 0, 0},
	} {
		got, err := chooseSize(c.required, c.limit, c.source, "ext4")
		if got != c.want || (err != nil) != (c.want == 0) {
			t.Errorf("%+v: %d %v", c, got, err)
		}
	}
}

func TestAVolumeForOneNodeIsNotAttachedToTwo(t *testing.T) {
	p, err := openPool(t.TempDir(), 1<<30)
	if err != nil {
		t.Fatal(err)
	}
	d := &blockDriver{rules: rulesFor("csi.berth.io"), pool: p}
	capability := func(m csi.VolumeCapability_AccessMode_Mode) *csi.VolumeCapability {
		return &csi.VolumeCapability{AccessType: &csi.VolumeCapability_Mount{Mount: &csi.VolumeCapability_MountVolume{}},
			AccessMode: &csi.VolumeCapability_AccessMode{Mode: m}}
	}
	one, many := csi.VolumeCapability_AccessMode_SINGLE_NODE_WRITER, csi.VolumeCapability_AccessMode_MULTI_NODE_MULTI_WRITER
	alone := &volume{ID: "alone", FsType: "ext4", Attached: map[string]attachment{}}
	if err := d.attach(alone, "node1", capability(one), false); err != nil {
		t.Fatal(err)
	}
	if err := d.attach(alone, "node2", capability(one), false); err == nil || !strings.Contains(err.Error(), "in use on node node1") {
		t.Errorf("second node: %v", err)
	}
	if err := d.attach(alone, "node1", capability(many), false); err == nil {
		t.Error("a volume made for one node was attached for many")
	}
	shared := &volume{ID: "shared", FsType: "ext4", MultiNode: true, Attached: map[string]attachment{}}
	for _, n := range []string{"node1", "node2"} {
		if err := d.attach(shared, n, capability(many), false); err != nil {
			t.Error(err)
		}
	}
}

func TestIncompleteRequestsDoNotReachADriver(t *testing.T) {
	for _, c := range []struct {
		req     any
		missing string
	}{
		{&csi.CreateVolumeRequest{Name: "v"}, "volume_capabilities"},
		{&csi.ControllerPublishVolumeRequest{VolumeId: "v", VolumeCapability: &csi.VolumeCapability{}}, "node_id"},
		{&csi.NodePublishVolumeRequest{VolumeId: "v", VolumeCapability: &csi.VolumeCapability{}}, "target_path"},
		{&csi.NodeUnstageVolumeRequest{StagingTargetPath: "/s"}, "volume_id"},
		{&csi.ControllerUnpublishVolumeRequest{VolumeId: "v"}, ""}, // from all nodes
		{&csi.ListVolumesRequest{}, ""},
	} {
		reached := false
		_, err := complete(context.Background(), c.req, nil, func(context.Context, any) (any, error) {
			reached = true
			return nil, nil
		})
		if c.missing == "" && (err != nil || !reached) {
			t.Errorf("%T was refused: %v", c.req, err)
		}
		if c.missing != "" && (reached || status.Code(err) != codes.InvalidArgument || !strings.Contains(err.Error(), c.missing+" is missing")) {
			t.Errorf("%T without %s: %v", c.req, c.missing, err)
		}
	}
}
