package main

import (
	"context"

	"github.com/container-storage-interface/spec/lib/go/csi"
	"google.golang.org/grpc"
)

// complete refuses requests without what the specification requires of them, so that no driver has to look.
func complete(ctx context.Context, req any, _ *grpc.UnaryServerInfo, next grpc.UnaryHandler) (any, error) {
	for _, f := range required(req) {
		if !f.there {
			return nil, invalid("%s is missing", f.name)
		}
	}
	return next(ctx, req)
}

type field struct {
	name  string
	there bool
}

func required(req any) []field {
	switch r := req.(type) {
	case *csi.CreateVolumeRequest:
		return []field{{"name", r.Name != ""}, {"volume_capabilities", len(r.VolumeCapabilities) > 0}}
	case *csi.DeleteVolumeRequest:
		return []field{{"volume_id", r.VolumeId != ""}}
	case *csi.ControllerPublishVolumeRequest:
		return []field{{"volume_id", r.VolumeId != ""}, {"node_id", r.NodeId != ""}, {"volume_capability", r.VolumeCapability != nil}}
	case *csi.ControllerUnpublishVolumeRequest:
		return []field{{"volume_id", r.VolumeId != ""}}
	case *csi.ValidateVolumeCapabilitiesRequest:
		return []field{{"volume_id", r.VolumeId != ""}, {"volume_capabilities", len(r.VolumeCapabilities) > 0}}
	case *csi.CreateSnapshotRequest:
		return []field{{"name", r.Name != ""}, {"source_volume_id", r.SourceVolumeId != ""}}
	case *csi.DeleteSnapshotRequest:
		return []field{{"snapshot_id", r.SnapshotId != ""}}
	case *csi.ControllerExpandVolumeRequest:
		return []field{{"volume_id", r.VolumeId != ""}, {"capacity_range", r.CapacityRange != nil}}
	case *csi.NodeStageVolumeRequest:
		return []field{{"volume_id", r.VolumeId != ""}, {"staging_target_path", r.StagingTargetPath != ""}, {"volume_capability", r.VolumeCapability != nil}}
	case *csi.NodeUnstageVolumeRequest:
		return []field{{"volume_id", r.VolumeId != ""}, {"staging_target_path", r.StagingTargetPath != ""}}
	case *csi.NodePublishVolumeRequest:
		return []field{{"volume_id", r.VolumeId != ""}, {"target_path", r.TargetPath != ""}, {"volume_capability", r.VolumeCapability != nil}}
	case *csi.NodeUnpublishVolumeRequest:
		return []field{{"volume_id", r.VolumeId != ""}, {"target_path", r.TargetPath != ""}}
	case *csi.NodeGetVolumeStatsRequest:
		return []field{{"volume_id", r.VolumeId != ""}, {"volume_path", r.VolumePath != ""}}
	case *csi.NodeExpandVolumeRequest:
		return []field{{"volume_id", r.VolumeId != ""}, {"volume_path", r.VolumePath != ""}}
	}
	return nil
}
