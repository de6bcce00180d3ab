package main

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"syscall"

	"github.com/container-storage-interface/spec/lib/go/csi"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

func (d *blockDriver) NodeGetInfo(context.Context, *csi.NodeGetInfoRequest) (*csi.NodeGetInfoResponse, error) {
	return &csi.NodeGetInfoResponse{NodeId: d.node}, nil
}

func (d *blockDriver) NodeGetCapabilities(context.Context, *csi.NodeGetCapabilitiesRequest) (*csi.NodeGetCapabilitiesResponse, error) {
	return &csi.NodeGetCapabilitiesResponse{Capabilities: nodeCapabilities(
		csi.NodeServiceCapability_RPC_STAGE_UNSTAGE_VOLUME,
		csi.NodeServiceCapability_RPC_EXPAND_VOLUME,
		csi.NodeServiceCapability_RPC_GET_VOLUME_STATS,
		csi.NodeServiceCapability_RPC_SINGLE_NODE_MULTI_WRITER)}, nil
}

func nodeCapabilities(types ...csi.NodeServiceCapability_RPC_Type) (caps []*csi.NodeServiceCapability) {
	for _, t := range types {
		caps = append(caps, &csi.NodeServiceCapability{Type: &csi.NodeServiceCapability_Rpc{Rpc: &csi.NodeServiceCapability_RPC{Type: t}}})
	}
	return caps
}

// behind is where the file system of a volume with faults is mounted; faultfs shows it at the staging path.
func (d *blockDriver) behind(id string) string {
	return filepath.Join(d.pool.root, "mounts", d.node, id)
}

func (d *blockDriver) NodeStageVolume(_ context.Context, r *csi.NodeStageVolumeRequest) (*csi.NodeStageVolumeResponse, error) {
	unlock, err := d.pool.lock(ref{"volumes", r.VolumeId})
	if err != nil {
		return nil, internal(err)
	}
	defer unlock()
	v, err := d.mustHave(r.VolumeId)
	if err != nil {
		return nil, err
	}
	if d.rules.attach {
		if _, ok := v.Attached[d.node]; !ok {
			return nil, status.Errorf(codes.FailedPrecondition, "volume %s is not attached to node %s", v.ID, d.node)
		}
	} else if err := d.attach(v, d.node, r.VolumeCapability, false); err != nil {
		return nil, err
	}
	m, err := mounted(r.StagingTargetPath)
	if err != nil {
		return nil, internal(err)
	}
	if m {
		return &csi.NodeStageVolumeResponse{}, nil
	}
	if err := os.MkdirAll(r.StagingTargetPath, 0o750); err != nil {
		return nil, internal(err)
	}
	options := r.VolumeCapability.GetMount().GetMountFlags()
	if !v.Faults {
		err = d.mountImage(v, r.StagingTargetPath, options)
	} else if err = d.mountImage(v, d.behind(v.ID), options); err == nil {
		_, err = run(d.faultfs, d.behind(v.ID), r.StagingTargetPath, d.pool.faultFile(v.ID))
	}
	if err != nil {
		return nil, internal(err)
	}
	return &csi.NodeStageVolumeResponse{}, nil
}

func (d *blockDriver) mountImage(v *volume, dir string, options []string) error {
	if m, err := mounted(dir); m || err != nil {
		return err
	}
	if err := os.MkdirAll(dir, 0o750); err != nil {
		return err
	}
	if v.FsType == "xfs" {
		options = append(options, "nouuid") // a clone has its source's UUID
	}
	return withLoop(d.pool.image("volumes", v.ID), func(device string, fresh bool) error {
		// A volume made from a smaller snapshot, or expanded while no pod used it, is larger than its file system.
		if v.FsBytes < v.Bytes && v.FsType == "ext4" && fresh {
			if _, err := run("e2fsck", "-f", "-p", device); err != nil {
				return err
			}
			if err := d.grow(v, device, dir); err != nil {
				return err
			}
		}
		args := []string{"-t", v.FsType}
		if len(options) > 0 {
			args = append(args, "-o", strings.Join(options, ","))
		}
		if _, err := run("mount", append(args, device, dir)...); err != nil {
			return err
		}
		if v.FsBytes < v.Bytes && v.FsType == "xfs" {
			return d.grow(v, device, dir)
		}
		return nil
	})
}

// grow makes the file system as large as the volume. A mounted ext4 can only grow where root has CAP_SYS_RESOURCE; xfs
// always can.
func (d *blockDriver) grow(v *volume, device, dir string) error {
	if v.FsBytes == v.Bytes {
		return nil
	}
	if _, err := run("losetup", "--set-capacity", device); err != nil {
		return err
	}
	var err error
	if v.FsType == "xfs" {
		_, err = run("xfs_growfs", dir)
	} else {
		_, err = run("resize2fs", device)
	}
	if err != nil {
		return err
	}
	v.FsBytes = v.Bytes
	return d.pool.write("volumes", v.ID, v)
}

func (d *blockDriver) NodeUnstageVolume(_ context.Context, r *csi.NodeUnstageVolumeRequest) (*csi.NodeUnstageVolumeResponse, error) {
	unlock, err := d.pool.lock(ref{"volumes", r.VolumeId})
	if err != nil {
		return nil, internal(err)
	}
	defer unlock()
	for _, dir := range []string{r.StagingTargetPath, d.behind(idOf(r.VolumeId))} {
		if err := unmount(dir); err != nil {
			return nil, internal(err)
		}
	}
	if err := removeDir(d.behind(idOf(r.VolumeId))); err != nil {
		return nil, internal(err)
	}
	if v, ok, err := d.pool.volume(r.VolumeId); err != nil {
		return nil, internal(err)
	} else if ok && !d.rules.attach {
		if err := d.detach(v, d.node); err != nil {
			return nil, err
		}
	}
	return &csi.NodeUnstageVolumeResponse{}, nil
}

func (d *blockDriver) NodePublishVolume(_ context.Context, r *csi.NodePublishVolumeRequest) (*csi.NodePublishVolumeResponse, error) {
	unlock, err := d.pool.lock(ref{"volumes", r.VolumeId})
	if err != nil {
		return nil, internal(err)
	}
	defer unlock()
	v, err := d.mustHave(r.VolumeId)
	if err != nil {
		return nil, err
	}
	if m, err := mounted(r.TargetPath); err != nil {
		return nil, internal(err)
	} else if m {
		return &csi.NodePublishVolumeResponse{}, nil
	}
	staged, err := mounted(r.StagingTargetPath)
	if err != nil {
		return nil, internal(err)
	}
	if !staged {
		return nil, status.Errorf(codes.FailedPrecondition, "volume %s is not staged at %s", v.ID, r.StagingTargetPath)
	}
	if r.VolumeCapability.GetAccessMode().GetMode() == csi.VolumeCapability_AccessMode_SINGLE_NODE_SINGLE_WRITER {
		other, err := publishedElsewhere(r.StagingTargetPath)
		if err != nil {
			return nil, internal(err)
		}
		if other != "" {
			return nil, status.Errorf(codes.FailedPrecondition, "volume %s is for one pod and in use at %s", v.ID, other)
		}
	}
	if err := os.MkdirAll(r.TargetPath, 0o750); err != nil {
		return nil, internal(err)
	}
	if err := bind(r.StagingTargetPath, r.TargetPath, r.Readonly); err != nil {
		return nil, internal(err)
	}
	return &csi.NodePublishVolumeResponse{}, nil
}

func bind(from, to string, readOnly bool) error {
	if err := syscall.Mount(from, to, "", syscall.MS_BIND, ""); err != nil {
		return err
	}
	if readOnly {
		if err := syscall.Mount("", to, "", syscall.MS_BIND|syscall.MS_REMOUNT|syscall.MS_RDONLY, ""); err != nil {
			unmount(to)
			return err
		}
	}
	return nil
}

// publishedElsewhere gives another mount point of what is mounted at the staging path, if there is one.
func publishedElsewhere(staging string) (string, error) {
	info, err := os.ReadFile("/proc/self/mountinfo")
	if err != nil {
		return "", err
	}
	var device string
	lines := strings.Split(string(info), "\n")
	for _, line := range lines {
		if f := strings.Fields(line); len(f) > 4 && f[4] == staging {
			device = f[2]
		}
	}
	for _, line := range lines {
		if f := strings.Fields(line); len(f) > 4 && f[2] == device && f[4] != staging {
			return f[4], nil
		}
	}
	return "", nil
}

func (d *blockDriver) NodeUnpublishVolume(_ context.Context, r *csi.NodeUnpublishVolumeRequest) (*csi.NodeUnpublishVolumeResponse, error) {
	return unpublish(r)
}

func unpublish(r *csi.NodeUnpublishVolumeRequest) (*csi.NodeUnpublishVolumeResponse, error) {
	if err := unmount(r.TargetPath); err != nil {
		return nil, internal(err)
	}
	if err := removeDir(r.TargetPath); err != nil {
		return nil, internal(err)
	}
	return &csi.NodeUnpublishVolumeResponse{}, nil
}

func (d *blockDriver) NodeGetVolumeStats(_ context.Context, r *csi.NodeGetVolumeStatsRequest) (*csi.NodeGetVolumeStatsResponse, error) {
	if _, err := d.mustHave(r.VolumeId); err != nil {
		return nil, err
	}
	return stats(r.VolumePath)
}

func stats(dir string) (*csi.NodeGetVolumeStatsResponse, error) {
	if m, err := mounted(dir); err != nil {
		return nil, internal(err)
	} else if !m {
		return nil, status.Errorf(codes.NotFound, "nothing is mounted at %s", dir)
	}
	var s syscall.Statfs_t
	if err := syscall.Statfs(dir, &s); err != nil {
		return nil, internal(err)
	}
	block := int64(s.Bsize)
	return &csi.NodeGetVolumeStatsResponse{Usage: []*csi.VolumeUsage{
		{Unit: csi.VolumeUsage_BYTES, Total: int64(s.Blocks) * block, Available: int64(s.Bavail) * block, Used: int64(s.Blocks-s.Bfree) * block},
		{Unit: csi.VolumeUsage_INODES, Total: int64(s.Files), Available: int64(s.Ffree), Used: int64(s.Files - s.Ffree)},
	}}, nil
}

func (d *blockDriver) NodeExpandVolume(_ context.Context, r *csi.NodeExpandVolumeRequest) (*csi.NodeExpandVolumeResponse, error) {
	unlock, err := d.pool.lock(ref{"volumes", r.VolumeId})
	if err != nil {
		return nil, internal(err)
	}
	defer unlock()
	v, err := d.mustHave(r.VolumeId)
	if err != nil {
		return nil, err
	}
	dir := r.VolumePath
	if v.Faults {
		dir = d.behind(v.ID)
	}
	if m, err := mounted(dir); err != nil {
		return nil, internal(err)
	} else if !m {
		return nil, status.Errorf(codes.NotFound, "nothing is mounted at %s", dir)
	}
	err = withLoop(d.pool.image("volumes", v.ID), func(device string, _ bool) error { return d.grow(v, device, dir) })
	if err != nil && v.FsType == "ext4" {
		return nil, status.Errorf(codes.FailedPrecondition, "the volume grows when no pod uses it: %v", err)
	} else if err != nil {
		return nil, internal(err)
	}
	return &csi.NodeExpandVolumeResponse{CapacityBytes: v.Bytes}, nil
}
