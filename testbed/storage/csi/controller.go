package main

import (
	"context"
	"log"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/container-storage-interface/spec/lib/go/csi"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/timestamppb"
)

// blockDriver serves volumes that are file systems in files.
type blockDriver struct {
	csi.UnimplementedControllerServer
	csi.UnimplementedNodeServer
	rules   rules
	node    string
	pool    *pool
	faultfs string
}

const (
	defaultBytes = 1 << 30
	mebibyte     = 1 << 20
)

func invalid(format string, args ...any) error {
	return status.Errorf(codes.InvalidArgument, format, args...)
}
func internal(err error) error { return status.Error(codes.Internal, err.Error()) }

func (d *blockDriver) ControllerGetCapabilities(context.Context, *csi.ControllerGetCapabilitiesRequest) (*csi.ControllerGetCapabilitiesResponse, error) {
	types := []csi.ControllerServiceCapability_RPC_Type{
		csi.ControllerServiceCapability_RPC_CREATE_DELETE_VOLUME,
		csi.ControllerServiceCapability_RPC_LIST_VOLUMES,
		csi.ControllerServiceCapability_RPC_GET_CAPACITY,
		csi.ControllerServiceCapability_RPC_CREATE_DELETE_SNAPSHOT,
		csi.ControllerServiceCapability_RPC_LIST_SNAPSHOTS,
		csi.ControllerServiceCapability_RPC_CLONE_VOLUME,
		csi.ControllerServiceCapability_RPC_EXPAND_VOLUME,
		csi.ControllerServiceCapability_RPC_SINGLE_NODE_MULTI_WRITER,
	}
	if d.rules.attach {
		types = append(types, csi.ControllerServiceCapability_RPC_PUBLISH_UNPUBLISH_VOLUME, csi.ControllerServiceCapability_RPC_PUBLISH_READONLY)
	}
	return &csi.ControllerGetCapabilitiesResponse{Capabilities: controllerCapabilities(types)}, nil
}

func controllerCapabilities(types []csi.ControllerServiceCapability_RPC_Type) (caps []*csi.ControllerServiceCapability) {
	for _, t := range types {
		caps = append(caps, &csi.ControllerServiceCapability{Type: &csi.ControllerServiceCapability_Rpc{
			Rpc: &csi.ControllerServiceCapability_RPC{Type: t}}})
	}
	return caps
}

func (d *blockDriver) CreateVolume(_ context.Context, r *csi.CreateVolumeRequest) (*csi.CreateVolumeResponse, error) {
	want := &volume{ID: idOf(r.Name), Attached: map[string]attachment{}}
	if err := d.readParameters(r.Parameters, want); err != nil {
		return nil, err
	}
	if err := readCapabilities(r.VolumeCapabilities, want); err != nil {
		return nil, err
	}
	unlock, err := d.pool.lock(ref{"volumes", want.ID}, ref{"snapshots", r.VolumeContentSource.GetSnapshot().GetSnapshotId()},
		ref{"volumes", r.VolumeContentSource.GetVolume().GetVolumeId()})
	if err != nil {
		return nil, internal(err)
	}
	defer unlock()

	source, err := d.source(r.VolumeContentSource)
	if err != nil {
		return nil, err
	}
	required, limit := r.GetCapacityRange().GetRequiredBytes(), r.GetCapacityRange().GetLimitBytes()
	if want.Bytes, err = chooseSize(required, limit, source.bytes, want.FsType); err != nil {
		return nil, err
	}
	have, ok, err := d.pool.volume(want.ID)
	if err != nil {
		return nil, internal(err)
	}
	if ok {
		if have.Bytes < required || limit > 0 && have.Bytes > limit || have.From != source.id || have.MultiNode != want.MultiNode {
			return nil, status.Errorf(codes.AlreadyExists, "volume %s exists with %d bytes, other access modes or another source", have.ID, have.Bytes)
		}
		return created(have, r), nil
	}
	image := d.pool.image("volumes", want.ID)
	if err := d.mustReserve(image, want.Bytes); err != nil {
		return nil, err
	}
	want.FsBytes = want.Bytes
	if source.image != "" {
		want.From, want.FsType, want.FsBytes = source.id, source.fsType, source.fsBytes
		err = d.copyImage(source.image, image, want.Bytes)
	} else {
		err = makeFileSystem(image, want.FsType)
	}
	if err == nil {
		err = d.pool.write("volumes", want.ID, want)
	}
	if err != nil {
		os.Remove(image)
		return nil, internal(err)
	}
	return created(want, r), nil
}

func (d *blockDriver) mustReserve(image string, bytes int64) error {
	ok, err := d.pool.reserve(image, bytes, true)
	if err != nil {
		return internal(err)
	}
	if !ok {
		return status.Errorf(codes.ResourceExhausted, "%d bytes wanted, and so many are not left", bytes)
	}
	return nil
}

func created(v *volume, r *csi.CreateVolumeRequest) *csi.CreateVolumeResponse {
	return &csi.CreateVolumeResponse{Volume: &csi.Volume{VolumeId: v.ID, CapacityBytes: v.Bytes,
		VolumeContext: r.Parameters, ContentSource: r.VolumeContentSource}}
}

func (d *blockDriver) readParameters(parameters map[string]string, v *volume) error {
	for key, value := range parameters {
		if strings.HasPrefix(key, kubernetesPrefix) {
			continue
		}
		if err := d.rules.check(key, value); err != nil {
			return invalid("StorageClass: %v", err)
		}
		switch key {
		case faultsParameter:
			v.Faults, _ = strconv.ParseBool(value)
		case "fs":
			if value != "none" {
				v.FsType = value
			}
		}
	}
	return nil
}

func readCapabilities(caps []*csi.VolumeCapability, v *volume) error {
	for _, c := range caps {
		if c.GetMount() == nil {
			return invalid("volumeMode must be Filesystem: there are no raw block volumes here")
		}
		if c.GetAccessMode().GetMode() == csi.VolumeCapability_AccessMode_UNKNOWN {
			return invalid("a capability needs an access mode")
		}
		if multiNode(c.AccessMode.Mode) {
			v.MultiNode = true
		}
		if t := c.GetMount().FsType; t != "" && v.FsType == "" {
			v.FsType = t
		}
	}
	if v.FsType == "" {
		v.FsType = "ext4"
	}
	return mustBeFsType(v.FsType)
}

func mustBeFsType(t string) error {
	if t != "ext4" && t != "xfs" {
		return invalid("fsType %q is neither ext4 nor xfs", t)
	}
	return nil
}

func multiNode(m csi.VolumeCapability_AccessMode_Mode) bool {
	switch m {
	case csi.VolumeCapability_AccessMode_MULTI_NODE_READER_ONLY, csi.VolumeCapability_AccessMode_MULTI_NODE_SINGLE_WRITER,
		csi.VolumeCapability_AccessMode_MULTI_NODE_MULTI_WRITER:
		return true
	}
	return false
}

// What mkfs.xfs wants at least, and about where mkfs.ext4 leaves no room for data.
var minimumBytes = map[string]int64{"ext4": 16 << 20, "xfs": 300 << 20}

func chooseSize(required, limit, sourceBytes int64, fsType string) (int64, error) {
	bytes := max(required, sourceBytes)
	if bytes == 0 {
		bytes = defaultBytes
		if limit > 0 {
			bytes = min(bytes, limit)
		}
	}
	bytes = max(bytes, minimumBytes[fsType])
	if rounded := (bytes + mebibyte - 1) / mebibyte * mebibyte; limit == 0 || rounded <= limit {
		bytes = rounded
	}
	if limit > 0 && bytes > limit {
		return 0, status.Errorf(codes.OutOfRange, "a volume with %s or from this source has at least %d bytes; the limit is %d", fsType, bytes, limit)
	}
	return bytes, nil
}

// contentSource is what a new volume is filled with; its image is empty for none.
type contentSource struct {
	id, image, fsType string
	bytes, fsBytes    int64
}

func (d *blockDriver) source(s *csi.VolumeContentSource) (contentSource, error) {
	if s == nil {
		return contentSource{}, nil
	}
	if id := s.GetSnapshot().GetSnapshotId(); id != "" {
		snap, ok, err := d.pool.snapshot(id)
		if err != nil {
			return contentSource{}, internal(err)
		}
		if !ok {
			return contentSource{}, status.Errorf(codes.NotFound, "there is no snapshot %s", id)
		}
		return contentSource{id, d.pool.image("snapshots", id), snap.FsType, snap.Bytes, snap.FsBytes}, nil
	}
	id := s.GetVolume().GetVolumeId()
	if id == "" {
		return contentSource{}, invalid("volume_content_source names neither a snapshot nor a volume")
	}
	v, err := d.mustHave(id)
	if err != nil {
		return contentSource{}, err
	}
	return contentSource{v.ID, d.pool.image("volumes", v.ID), v.FsType, v.Bytes, v.FsBytes}, nil
}

func (d *blockDriver) mustHave(id string) (*volume, error) {
	v, ok, err := d.pool.volume(id)
	if err != nil {
		return nil, internal(err)
	}
	if !ok {
		return nil, status.Errorf(codes.NotFound, "there is no volume %s", id)
	}
	return v, nil
}

// makeFileSystem writes an empty file system to an image. The file is sparse: it takes from the disk what pods write to it.
func makeFileSystem(image, fsType string) (err error) {
	if fsType == "xfs" {
		_, err = run("mkfs.xfs", "-q", "-f", image)
	} else {
		// No blocks kept for root: a pod sees all of what it asked for. Written at once instead of in the
		// background, where it would disturb the first measurement.
		_, err = run("mkfs.ext4", "-q", "-F", "-m", "0", "-E", "lazy_itable_init=0,lazy_journal_init=0", image)
	}
	return err
}

// copyImage copies a volume's or snapshot's image as it is at one moment, also while pods write to it.
func (d *blockDriver) copyImage(from, to string, bytes int64) error {
	copyNow := func() error {
		if _, err := run("cp", "--sparse=always", "--reflink=auto", from, to+".new"); err != nil {
			return err
		}
		if err := os.Truncate(to+".new", bytes); err != nil {
			return err
		}
		return os.Rename(to+".new", to) // whose size is promised already
	}
	used, err := run("losetup", "--noheadings", "--output", "NAME", "--associated", from)
	if err != nil {
		return err
	}
	if used == "" {
		return copyNow()
	}
	// In use, maybe on another node: mount the same device here, and hold writers off until the copy is done.
	dir, err := os.MkdirTemp(d.pool.root, d.copyPattern())
	if err != nil {
		return err
	}
	defer removeDir(dir)
	return withLoop(from, func(device string, _ bool) error {
		if _, err := run("mount", device, dir); err != nil {
			return err
		}
		defer unmount(dir)
		if _, err := run("fsfreeze", "--freeze", dir); err != nil {
			return err
		}
		err := copyNow()
		if _, uerr := run("fsfreeze", "--unfreeze", dir); uerr != nil && err == nil {
			err = uerr
		}
		return err
	})
}

// copyPattern is of the directories that this node's process mounts a volume at while it copies it.
func (d *blockDriver) copyPattern() string { return "copy-" + d.node + "-*" }

// endCopies lets writers go on that a process which was killed amid a copy has left frozen.
func (d *blockDriver) endCopies() error {
	dirs, err := filepath.Glob(filepath.Join(d.pool.root, d.copyPattern()))
	if err != nil {
		return err
	}
	for _, dir := range dirs {
		m, err := mounted(dir)
		if err != nil {
			return err
		}
		if m {
			if _, err := run("fsfreeze", "--unfreeze", dir); err != nil {
				log.Printf("%s: %v", dir, err) // killed before it froze
			}
			if err := unmount(dir); err != nil {
				return err
			}
		}
		if err := removeDir(dir); err != nil {
			return err
		}
	}
	return nil
}

func (d *blockDriver) DeleteVolume(_ context.Context, r *csi.DeleteVolumeRequest) (*csi.DeleteVolumeResponse, error) {
	unlock, err := d.pool.lock(ref{"volumes", r.VolumeId})
	if err != nil {
		return nil, internal(err)
	}
	defer unlock()
	v, ok, err := d.pool.volume(r.VolumeId)
	if err != nil {
		return nil, internal(err)
	}
	if ok && len(v.Attached) > 0 {
		return nil, status.Errorf(codes.FailedPrecondition, "volume %s is still in use on %s", v.ID, strings.Join(nodesOf(v), ", "))
	}
	if err := d.pool.remove("volumes", r.VolumeId); err != nil {
		return nil, internal(err)
	}
	if ok {
		os.Remove(d.pool.faultFile(v.ID))
	}
	return &csi.DeleteVolumeResponse{}, nil
}

func nodesOf(v *volume) (nodes []string) {
	for n := range v.Attached {
		nodes = append(nodes, n)
	}
	return nodes
}

func (d *blockDriver) ControllerPublishVolume(_ context.Context, r *csi.ControllerPublishVolumeRequest) (*csi.ControllerPublishVolumeResponse, error) {
	if !d.rules.attach {
		return nil, status.Error(codes.Unimplemented, "volumes of this driver are not attached")
	}
	unlock, err := d.pool.lock(ref{"volumes", r.VolumeId})
	if err != nil {
		return nil, internal(err)
	}
	defer unlock()
	v, err := d.mustHave(r.VolumeId)
	if err != nil {
		return nil, err
	}
	if !d.pool.hasNode(r.NodeId) {
		return nil, status.Errorf(codes.NotFound, "there is no node %s", r.NodeId)
	}
	if err := d.attach(v, r.NodeId, r.VolumeCapability, r.Readonly); err != nil {
		return nil, err
	}
	return &csi.ControllerPublishVolumeResponse{PublishContext: map[string]string{}}, nil
}

// attach gives a volume to a node, if the access modes allow it. The volume is locked.
func (d *blockDriver) attach(v *volume, node string, c *csi.VolumeCapability, readOnly bool) error {
	if err := readCapabilities([]*csi.VolumeCapability{c}, &volume{FsType: v.FsType}); err != nil {
		return err
	}
	mode := c.AccessMode.Mode
	if multiNode(mode) && !v.MultiNode {
		return status.Errorf(codes.FailedPrecondition, "volume %s was made for one node, not for %s", v.ID, mode)
	}
	if !d.rules.attach {
		// Nobody detaches volumes from a lost node here: as in Portworx the driver itself lets another take them.
		for _, other := range nodesOf(v) {
			if other != node && !d.pool.nodeIsAlive(other) {
				delete(v.Attached, other)
			}
		}
	}
	have, ok := v.Attached[node]
	if ok && have.ReadOnly != readOnly {
		return status.Errorf(codes.AlreadyExists, "volume %s is on node %s already with readonly=%t", v.ID, node, have.ReadOnly)
	}
	if !ok && len(v.Attached) > 0 && !multiNode(mode) {
		return status.Errorf(codes.FailedPrecondition, "volume %s is %s and in use on node %s", v.ID, mode, strings.Join(nodesOf(v), ", "))
	}
	v.Attached[node] = attachment{Mode: int32(mode), ReadOnly: readOnly}
	if err := d.pool.write("volumes", v.ID, v); err != nil {
		return internal(err)
	}
	return nil
}

func (d *blockDriver) detach(v *volume, node string) error {
	if _, ok := v.Attached[node]; !ok {
		return nil
	}
	delete(v.Attached, node)
	if err := d.pool.write("volumes", v.ID, v); err != nil {
		return internal(err)
	}
	return nil
}

func (d *blockDriver) ControllerUnpublishVolume(_ context.Context, r *csi.ControllerUnpublishVolumeRequest) (*csi.ControllerUnpublishVolumeResponse, error) {
	if !d.rules.attach {
		return nil, status.Error(codes.Unimplemented, "volumes of this driver are not attached")
	}
	unlock, err := d.pool.lock(ref{"volumes", r.VolumeId})
	if err != nil {
		return nil, internal(err)
	}
	defer unlock()
	v, ok, err := d.pool.volume(r.VolumeId)
	if err != nil {
		return nil, internal(err)
	}
	if !ok { // gone, so on no node
		return &csi.ControllerUnpublishVolumeResponse{}, nil
	}
	nodes := []string{r.NodeId}
	if r.NodeId == "" { // the specification: from all nodes
		nodes = nodesOf(v)
	}
	for _, n := range nodes {
		if err := d.detach(v, n); err != nil {
			return nil, err
		}
	}
	return &csi.ControllerUnpublishVolumeResponse{}, nil
}

func (d *blockDriver) ValidateVolumeCapabilities(_ context.Context, r *csi.ValidateVolumeCapabilitiesRequest) (*csi.ValidateVolumeCapabilitiesResponse, error) {
	v, err := d.mustHave(r.VolumeId)
	if err != nil {
		return nil, err
	}
	asked := &volume{}
	if err := readCapabilities(r.VolumeCapabilities, asked); err != nil {
		return &csi.ValidateVolumeCapabilitiesResponse{Message: err.Error()}, nil
	}
	if asked.MultiNode && !v.MultiNode {
		return &csi.ValidateVolumeCapabilitiesResponse{Message: "the volume was made for one node"}, nil
	}
	return &csi.ValidateVolumeCapabilitiesResponse{Confirmed: &csi.ValidateVolumeCapabilitiesResponse_Confirmed{
		VolumeContext: r.VolumeContext, VolumeCapabilities: r.VolumeCapabilities, Parameters: r.Parameters}}, nil
}

func (d *blockDriver) GetCapacity(context.Context, *csi.GetCapacityRequest) (*csi.GetCapacityResponse, error) {
	free, err := d.pool.free()
	if err != nil {
		return nil, internal(err)
	}
	return &csi.GetCapacityResponse{AvailableCapacity: free}, nil
}

// page cuts a list of ids as the specification's tokens ask; a token is the place to go on from.
func page(ids []string, token string, most int32) (part []string, next string, err error) {
	from := 0
	if token != "" {
		if from, err = strconv.Atoi(token); err != nil || from < 0 || from > len(ids) {
			return nil, "", status.Errorf(codes.Aborted, "%q is not a token of this list", token)
		}
	}
	part = ids[from:]
	if most > 0 && len(part) > int(most) {
		part = part[:most]
		next = strconv.Itoa(from + int(most))
	}
	return part, next, nil
}

func (d *blockDriver) ListVolumes(_ context.Context, r *csi.ListVolumesRequest) (*csi.ListVolumesResponse, error) {
	ids, err := d.pool.ids("volumes")
	if err != nil {
		return nil, internal(err)
	}
	ids, next, err := page(ids, r.StartingToken, r.MaxEntries)
	if err != nil {
		return nil, err
	}
	resp := &csi.ListVolumesResponse{NextToken: next}
	for _, id := range ids {
		v, ok, err := d.pool.volume(id)
		if err != nil {
			return nil, internal(err)
		}
		if ok {
			resp.Entries = append(resp.Entries, &csi.ListVolumesResponse_Entry{Volume: &csi.Volume{VolumeId: v.ID, CapacityBytes: v.Bytes}})
		}
	}
	return resp, nil
}

func (d *blockDriver) CreateSnapshot(_ context.Context, r *csi.CreateSnapshotRequest) (*csi.CreateSnapshotResponse, error) {
	unlock, err := d.pool.lock(ref{"snapshots", idOf(r.Name)}, ref{"volumes", r.SourceVolumeId})
	if err != nil {
		return nil, internal(err)
	}
	defer unlock()
	id := idOf(r.Name)
	have, ok, err := d.pool.snapshot(id)
	if err != nil {
		return nil, internal(err)
	}
	if ok {
		if have.Source != r.SourceVolumeId {
			return nil, status.Errorf(codes.AlreadyExists, "snapshot %s exists, of volume %s", id, have.Source)
		}
		return &csi.CreateSnapshotResponse{Snapshot: have.message()}, nil
	}
	v, err := d.mustHave(r.SourceVolumeId)
	if err != nil {
		return nil, err
	}
	s := &snapshot{ID: id, Source: v.ID, Bytes: v.Bytes, FsBytes: v.FsBytes, FsType: v.FsType, Created: time.Now().UTC()}
	image := d.pool.image("snapshots", id)
	if err := d.mustReserve(image, v.Bytes); err != nil {
		return nil, err
	}
	err = d.copyImage(d.pool.image("volumes", v.ID), image, v.Bytes)
	if err == nil {
		err = d.pool.write("snapshots", id, s)
	}
	if err != nil {
		os.Remove(image)
		return nil, internal(err)
	}
	return &csi.CreateSnapshotResponse{Snapshot: s.message()}, nil
}

func (s *snapshot) message() *csi.Snapshot {
	return &csi.Snapshot{SnapshotId: s.ID, SourceVolumeId: s.Source, SizeBytes: s.Bytes,
		CreationTime: timestamppb.New(s.Created), ReadyToUse: true}
}

func (d *blockDriver) DeleteSnapshot(_ context.Context, r *csi.DeleteSnapshotRequest) (*csi.DeleteSnapshotResponse, error) {
	unlock, err := d.pool.lock(ref{"snapshots", r.SnapshotId})
	if err != nil {
		return nil, internal(err)
	}
	defer unlock()
	if err := d.pool.remove("snapshots", r.SnapshotId); err != nil {
		return nil, internal(err)
	}
	return &csi.DeleteSnapshotResponse{}, nil
}

func (d *blockDriver) ListSnapshots(_ context.Context, r *csi.ListSnapshotsRequest) (*csi.ListSnapshotsResponse, error) {
	all, err := d.pool.ids("snapshots")
	if err != nil {
		return nil, internal(err)
	}
	found := map[string]*snapshot{}
	var ids []string
	for _, id := range all {
		s, ok, err := d.pool.snapshot(id)
		if err != nil {
			return nil, internal(err)
		}
		if ok && (r.SnapshotId == "" || r.SnapshotId == id) && (r.SourceVolumeId == "" || r.SourceVolumeId == s.Source) {
			found[id] = s
			ids = append(ids, id)
		}
	}
	ids, next, err := page(ids, r.StartingToken, r.MaxEntries)
	if err != nil {
		return nil, err
	}
	resp := &csi.ListSnapshotsResponse{NextToken: next}
	for _, id := range ids {
		resp.Entries = append(resp.Entries, &csi.ListSnapshotsResponse_Entry{Snapshot: found[id].message()})
	}
	return resp, nil
}

func (d *blockDriver) ControllerExpandVolume(_ context.Context, r *csi.ControllerExpandVolumeRequest) (*csi.ControllerExpandVolumeResponse, error) {
	unlock, err := d.pool.lock(ref{"volumes", r.VolumeId})
	if err != nil {
		return nil, internal(err)
	}
	defer unlock()
	v, err := d.mustHave(r.VolumeId)
	if err != nil {
		return nil, err
	}
	bytes, err := chooseSize(r.CapacityRange.RequiredBytes, r.CapacityRange.LimitBytes, v.Bytes, v.FsType)
	if err != nil {
		return nil, err
	}
	if bytes > v.Bytes {
		ok, err := d.pool.reserve(d.pool.image("volumes", v.ID), bytes, false)
		if err != nil {
			return nil, internal(err)
		}
		if !ok {
			return nil, status.Errorf(codes.OutOfRange, "%d bytes more wanted, and so many are not left", bytes-v.Bytes)
		}
		v.Bytes = bytes
		if err := d.pool.write("volumes", v.ID, v); err != nil {
			return nil, internal(err)
		}
	}
	return &csi.ControllerExpandVolumeResponse{CapacityBytes: v.Bytes, NodeExpansionRequired: true}, nil
}
