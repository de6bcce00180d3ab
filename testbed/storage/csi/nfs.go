package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/container-storage-interface/spec/lib/go/csi"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// nfsDriver behaves as csi-driver-nfs does, as far as a StorageClass can tell: a volume is a directory
// SHARE/SUBDIR of a server, mounted by the node's mount.nfs. Like there, a volume's size is not enforced. It has no
// snapshots and no clones.
type nfsDriver struct {
	csi.UnimplementedControllerServer
	csi.UnimplementedNodeServer
	name, node string
	work       string // where shares are mounted while a volume is made or deleted
	dns        string
}

// nfsVolume is all that a volume's id says: SERVER#SHARE#SUBDIR#NAME#ONDELETE, csi-driver-nfs's own form, so that PVs
// of one work with the other.
type nfsVolume struct {
	server, share, subDir, name, onDelete string
	permissions                           uint64
}

func (v nfsVolume) id() string {
	onDelete := v.onDelete
	if onDelete == "delete" {
		onDelete = ""
	}
	return strings.Join([]string{v.server, strings.Trim(v.share, "/"), v.subDir, v.name, onDelete}, "#")
}

func nfsVolumeOf(id string) (nfsVolume, error) {
	f := append(strings.Split(id, "#"), "", "")
	if len(f) < 5 || f[0] == "" || f[2] == "" {
		return nfsVolume{}, fmt.Errorf("%q is not SERVER#SHARE#SUBDIR#NAME#ONDELETE", id)
	}
	// Ids also come from PVs that somebody wrote.
	if err := mustStayInShare(f[2]); err != nil {
		return nfsVolume{}, err
	}
	return nfsVolume{server: f[0], share: "/" + f[1], subDir: f[2], name: f[3], onDelete: f[4]}, nil
}

func mustStayInShare(subDir string) error {
	if !filepath.IsLocal(subDir) || filepath.Clean(subDir) == "." {
		return fmt.Errorf("subDir %q leaves the share, or is all of it", subDir)
	}
	return nil
}

// readNfsParameters judges a StorageClass as csi-driver-nfs does: keys without regard to case, unknown ones refused.
func readNfsParameters(name string, parameters map[string]string) (nfsVolume, error) {
	v := nfsVolume{onDelete: "delete"}
	replace := []string{}
	for key, value := range parameters {
		switch strings.ToLower(key) {
		case "server":
			v.server = strings.Trim(value, "/")
		case "share":
			v.share = "/" + strings.Trim(value, "/")
		case "subdir":
			v.subDir = strings.Trim(value, "/")
		case "ondelete":
			if err := mustBeOneOf(key, strings.ToLower(value), "", "delete", "retain", "archive"); err != nil {
				return v, err
			}
			if value != "" {
				v.onDelete = strings.ToLower(value)
			}
		case "mountpermissions":
			p, err := strconv.ParseUint(value, 8, 32)
			if value != "" && err != nil {
				return v, fmt.Errorf("mountPermissions %q is not an octal number", value)
			}
			v.permissions = p
		case "csi.storage.k8s.io/pvc/namespace":
			replace = append(replace, "${pvc.metadata.namespace}", value)
		case "csi.storage.k8s.io/pvc/name":
			replace = append(replace, "${pvc.metadata.name}", value)
		case "csi.storage.k8s.io/pv/name":
			replace = append(replace, "${pv.metadata.name}", value)
		default:
			return v, fmt.Errorf("invalid parameter %q in storage class", key)
		}
	}
	if v.server == "" {
		return v, fmt.Errorf("server is a required parameter")
	}
	if v.subDir == "" {
		v.subDir = name
	} else {
		v.subDir = strings.NewReplacer(replace...).Replace(v.subDir)
		v.name = name
	}
	return v, mustStayInShare(v.subDir)
}

// address looks a server up in the cluster's DNS, which the node itself doesn't use.
func (d *nfsDriver) address(ctx context.Context, server string) (string, error) {
	if d.dns == "" || net.ParseIP(server) != nil {
		return server, nil
	}
	resolver := net.Resolver{PreferGo: true, Dial: func(ctx context.Context, network, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, network, net.JoinHostPort(d.dns, "53"))
	}}
	found, err := resolver.LookupHost(ctx, server)
	if err != nil {
		return "", err
	}
	return found[0], nil
}

func (d *nfsDriver) mount(ctx context.Context, server, path, dir string, options []string) error {
	address, err := d.address(ctx, server)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(dir, 0o750); err != nil {
		return err
	}
	args := []string{"-t", "nfs"}
	if len(options) > 0 {
		args = append(args, "-o", strings.Join(options, ","))
	}
	if _, err := run("mount", append(args, address+":"+path, dir)...); err != nil {
		removeDir(dir)
		return err
	}
	return nil
}

// onShare runs f with a share that is mounted meanwhile; out of it leads no path, also no symbolic link that a pod made.
func (d *nfsDriver) onShare(ctx context.Context, v nfsVolume, options []string, f func(share *os.Root) error) error {
	dir := filepath.Join(d.work, fmt.Sprintf("%s-%d", idOf(v.id()), time.Now().UnixNano()))
	if err := d.mount(ctx, v.server, v.share, dir, options); err != nil {
		return err
	}
	err := inRoot(dir, f)
	if uerr := unmount(dir); uerr != nil && err == nil {
		err = uerr
	}
	removeDir(dir)
	return err
}

func inRoot(dir string, f func(*os.Root) error) error {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return err
	}
	defer root.Close()
	return f(root)
}

func onlyMounts(caps ...*csi.VolumeCapability) error {
	for _, c := range caps {
		if c.GetBlock() != nil {
			return invalid("block volume capability not supported")
		}
	}
	return nil
}

func (d *nfsDriver) ControllerGetCapabilities(context.Context, *csi.ControllerGetCapabilitiesRequest) (*csi.ControllerGetCapabilitiesResponse, error) {
	return &csi.ControllerGetCapabilitiesResponse{Capabilities: controllerCapabilities([]csi.ControllerServiceCapability_RPC_Type{
		csi.ControllerServiceCapability_RPC_CREATE_DELETE_VOLUME, csi.ControllerServiceCapability_RPC_SINGLE_NODE_MULTI_WRITER})}, nil
}

func (d *nfsDriver) CreateVolume(ctx context.Context, r *csi.CreateVolumeRequest) (*csi.CreateVolumeResponse, error) {
	if err := onlyMounts(r.VolumeCapabilities...); err != nil {
		return nil, err
	}
	if r.VolumeContentSource != nil {
		return nil, invalid("this stand-in for csi-driver-nfs has no clones and no snapshots")
	}
	v, err := readNfsParameters(r.Name, r.Parameters)
	if err != nil {
		return nil, invalid("%v", err)
	}
	err = d.onShare(ctx, v, r.VolumeCapabilities[0].GetMount().GetMountFlags(), func(share *os.Root) error {
		if err := share.MkdirAll(v.subDir, 0o777); err != nil {
			return err
		}
		if v.permissions > 0 {
			return share.Chmod(v.subDir, os.FileMode(v.permissions))
		}
		return nil
	})
	if err != nil {
		return nil, internal(err)
	}
	parameters := map[string]string{}
	for key, value := range r.Parameters {
		if strings.ToLower(key) != "subdir" {
			parameters[key] = value
		}
	}
	parameters["subDir"] = v.subDir
	// A size of 0: the provisioner takes the one that the claim asked for.
	return &csi.CreateVolumeResponse{Volume: &csi.Volume{VolumeId: v.id(), VolumeContext: parameters}}, nil
}

func (d *nfsDriver) DeleteVolume(ctx context.Context, r *csi.DeleteVolumeRequest) (*csi.DeleteVolumeResponse, error) {
	v, err := nfsVolumeOf(r.VolumeId)
	if err != nil || v.onDelete == "retain" { // the specification: what doesn't exist counts as deleted
		return &csi.DeleteVolumeResponse{}, nil
	}
	err = d.onShare(ctx, v, nil, v.remove)
	if err != nil {
		return nil, internal(err)
	}
	return &csi.DeleteVolumeResponse{}, nil
}

// remove takes a volume's directory away, or archives it beside itself in place of what was archived under that name before.
func (v nfsVolume) remove(share *os.Root) error {
	if v.onDelete != "archive" {
		return share.RemoveAll(v.subDir)
	}
	if _, err := share.Stat(v.subDir); errors.Is(err, os.ErrNotExist) {
		return nil
	}
	parent, name := filepath.Split(filepath.Clean(v.subDir))
	archived := filepath.Join(parent, "archived-"+name)
	if err := share.RemoveAll(archived); err != nil {
		return err
	}
	return share.Rename(v.subDir, archived)
}

func (d *nfsDriver) ValidateVolumeCapabilities(_ context.Context, r *csi.ValidateVolumeCapabilitiesRequest) (*csi.ValidateVolumeCapabilitiesResponse, error) {
	if err := onlyMounts(r.VolumeCapabilities...); err != nil {
		return nil, err
	}
	if _, err := nfsVolumeOf(r.VolumeId); err != nil {
		return nil, status.Errorf(codes.NotFound, "there is no volume %s: %v", r.VolumeId, err)
	}
	return &csi.ValidateVolumeCapabilitiesResponse{Confirmed: &csi.ValidateVolumeCapabilitiesResponse_Confirmed{VolumeCapabilities: r.VolumeCapabilities}}, nil
}

func (d *nfsDriver) NodeGetInfo(context.Context, *csi.NodeGetInfoRequest) (*csi.NodeGetInfoResponse, error) {
	return &csi.NodeGetInfoResponse{NodeId: d.node}, nil
}

func (d *nfsDriver) NodeGetCapabilities(context.Context, *csi.NodeGetCapabilitiesRequest) (*csi.NodeGetCapabilitiesResponse, error) {
	return &csi.NodeGetCapabilitiesResponse{Capabilities: nodeCapabilities(
		csi.NodeServiceCapability_RPC_GET_VOLUME_STATS, csi.NodeServiceCapability_RPC_SINGLE_NODE_MULTI_WRITER)}, nil
}

func (d *nfsDriver) NodePublishVolume(ctx context.Context, r *csi.NodePublishVolumeRequest) (*csi.NodePublishVolumeResponse, error) {
	if err := onlyMounts(r.VolumeCapability); err != nil {
		return nil, err
	}
	options := r.VolumeCapability.GetMount().GetMountFlags()
	if r.Readonly {
		options = append(options, "ro")
	}
	var server, share, subDir string
	for key, value := range r.VolumeContext {
		switch strings.ToLower(key) {
		case "server":
			server = value
		case "share":
			share = value
		case "subdir":
			subDir = value
		case "mountoptions":
			if value != "" {
				options = append(options, value)
			}
		}
	}
	if server == "" || share == "" {
		return nil, invalid("server and share are required parameters")
	}
	if m, err := mounted(r.TargetPath); err != nil {
		return nil, internal(err)
	} else if m {
		return &csi.NodePublishVolumeResponse{}, nil
	}
	path := filepath.Join("/", share, subDir)
	if r.VolumeCapability.GetAccessMode().GetMode() == csi.VolumeCapability_AccessMode_SINGLE_NODE_SINGLE_WRITER {
		address, err := d.address(ctx, server)
		if err != nil {
			return nil, internal(err)
		}
		other, err := mountedFrom(address + ":" + path)
		if err != nil {
			return nil, internal(err)
		}
		if other != "" {
			return nil, status.Errorf(codes.FailedPrecondition, "volume %s is for one pod and in use at %s", r.VolumeId, other)
		}
	}
	if err := d.mount(ctx, server, path, r.TargetPath, options); err != nil {
		return nil, status.Error(codes.Internal, err.Error())
	}
	return &csi.NodePublishVolumeResponse{}, nil
}

func (d *nfsDriver) NodeUnpublishVolume(_ context.Context, r *csi.NodeUnpublishVolumeRequest) (*csi.NodeUnpublishVolumeResponse, error) {
	return unpublish(r)
}

func (d *nfsDriver) NodeGetVolumeStats(_ context.Context, r *csi.NodeGetVolumeStatsRequest) (*csi.NodeGetVolumeStatsResponse, error) {
	return stats(r.VolumePath)
}
