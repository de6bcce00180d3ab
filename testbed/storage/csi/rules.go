package main

import (
	"fmt"
	"strconv"
	"strings"
)

// rules are what a driver's name decides.
type rules struct {
	nfs    bool // volumes are directories of an NFS server
	attach bool // volumes are attached by ControllerPublishVolume before a node may stage them
	check  func(key, value string) error
}

func rulesFor(name string) rules {
	switch name {
	case "nfs.csi.k8s.io":
		return rules{nfs: true} // nfsDriver checks its parameters itself: they say where the volume is
	case "pxd.portworx.com":
		return rules{check: checkPortworx}
	default:
		return rules{attach: true, check: checkOwn}
	}
}

// The parameter that puts faultfs between a volume and its pods, under every driver name but NFS's.
const faultsParameter = "faults"

// The external-provisioner adds parameters with this prefix, and keeps those that it uses itself.
const kubernetesPrefix = "csi.storage.k8s.io/"

func checkOwn(key, value string) error {
	if key == faultsParameter {
		return mustBeBool(key, value)
	}
	return fmt.Errorf("parameter %q is not known (known: %s)", key, faultsParameter)
}

// checkPortworx judges a StorageClass's parameter as Portworx does (libopenstorage: api/spec): it refuses values that
// it can't read, and takes a key that it doesn't know for a label of the volume. Only numbers are judged more strictly: it
// takes one that it can't read for 0.
func checkPortworx(key, value string) error {
	switch key {
	case "repl":
		// A cluster with one or two nodes can't hold three copies; what Berth sends is judged here, not what it would store.
		if n, err := strconv.Atoi(value); err != nil || n < 1 || n > 3 {
			return fmt.Errorf("repl %q is not 1, 2 or 3", value)
		}
	case "priority_io", "io_priority":
		return mustBeOneOf(key, strings.ToLower(value), "high", "medium", "low", "1", "2", "3")
	case "io_profile":
		return mustBeOneOf(key, strings.ToLower(value), "sequential", "random", "db", "db_remote", "cms", "sync_shared", "auto", "none", "journal", "auto_journal")
	case "fs":
		return mustBeOneOf(key, value, "ext4", "xfs", "none")
	case "shared", "sharedv4", "journal", "secure", "cascaded", "sticky", "compressed", "nodiscard", "early_ack",
		"async_io", "group_enforce", "force_unsupported_fs_type", "cow_ondemand", "direct_io", faultsParameter:
		return mustBeBool(key, value)
	case "block_size", "queue_depth", "snap_interval":
		if _, err := strconv.ParseUint(strings.TrimRight(value, "kKmM"), 10, 32); err != nil {
			return fmt.Errorf("%s %q is not a number", key, value)
		}
	case "export_protocol":
		return mustBeOneOf(key, value, "pxd", "nfs", "iscsi", "custom")
	}
	return nil
}

func mustBeBool(key, value string) error {
	if _, err := strconv.ParseBool(value); err != nil {
		return fmt.Errorf("%s %q is neither true nor false", key, value)
	}
	return nil
}

func mustBeOneOf(key, value string, allowed ...string) error {
	for _, a := range allowed {
		if value == a {
			return nil
		}
	}
	return fmt.Errorf("%s %q is not one of %s", key, value, strings.Join(allowed, ", "))
}
