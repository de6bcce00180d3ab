// Command berth-csi is the CSI driver of Berth's testbed. One process serves one driver name on one node.
//
// A volume of an ordinary driver is a file with an ext4 or xfs file system of exactly the requested size, mounted
// through a loop device: a full volume really gives ENOSPC. Under the name nfs.csi.k8s.io it behaves as csi-driver-nfs
// does: a volume is a directory of an NFS server. rules.go says what else depends on the name.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"log"
	"net"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"

	"github.com/container-storage-interface/spec/lib/go/csi"
	"google.golang.org/grpc"
	"google.golang.org/protobuf/types/known/wrapperspb"
	pluginregistration "k8s.io/kubelet/pkg/apis/pluginregistration/v1"
)

func main() {
	log.SetFlags(log.LstdFlags | log.Lmicroseconds)
	name := flag.String("name", "csi.berth.io", "driver name; its rules follow from it (see rules.go)")
	node := flag.String("node", "", "name of the Kubernetes node this process serves")
	root := flag.String("root", "", "directory of the driver's volumes, shared by its processes on all nodes")
	socket := flag.String("socket", "", "socket to serve CSI on, below the kubelet's plugins directory")
	registration := flag.String("registration", "", "socket to register with the kubelet on, below its plugins_registry directory; none if empty")
	calls := flag.String("calls", "", "file that gets one JSON line for each call; none if empty")
	repeat := flag.String("repeat", "", "file: while it exists, each call that may be repeated is served twice, and the call log says whether the answers were the same; never if empty")
	capacity := flag.Int64("capacity", 256<<30, "bytes that all volumes and snapshots together may have")
	dns := flag.String("dns", "", "address of the cluster's DNS service, asked for the names of NFS servers; none if empty")
	mountHelper := flag.String("faultfs", "faultfs", "program that stands between a volume with faults and its pods")
	flag.Parse()
	if *node == "" || *root == "" || *socket == "" {
		log.Fatal("-node, -root and -socket are needed")
	}

	callLog, err := newCallLog(*calls, *repeat, *name, *node)
	if err != nil {
		log.Fatal(err)
	}
	server := grpc.NewServer(grpc.ChainUnaryInterceptor(callLog.intercept, complete))
	csi.RegisterIdentityServer(server, identity{name: *name})
	if rulesFor(*name).nfs {
		d := &nfsDriver{name: *name, node: *node, work: filepath.Join(*root, "work"), dns: *dns}
		csi.RegisterControllerServer(server, d)
		csi.RegisterNodeServer(server, d)
	} else {
		p, err := openPool(*root, *capacity)
		if err != nil {
			log.Fatal(err)
		}
		if err := p.addNode(*node); err != nil {
			log.Fatal(err)
		}
		d := &blockDriver{rules: rulesFor(*name), node: *node, pool: p, faultfs: *mountHelper}
		if err := d.endCopies(); err != nil {
			log.Fatal(err)
		}
		csi.RegisterControllerServer(server, d)
		csi.RegisterNodeServer(server, d)
	}
	serve(server, *socket)
	if *registration != "" {
		r := grpc.NewServer()
		pluginregistration.RegisterRegistrationServer(r, registrar{name: *name, endpoint: *socket})
		serve(r, *registration)
	}

	stop := make(chan os.Signal, 1)
	signal.Notify(stop, syscall.SIGTERM, syscall.SIGINT)
	<-stop
	if *registration != "" {
		os.Remove(*registration) // this is how a kubelet is told that the driver has gone
	}
	server.GracefulStop()
}

func serve(s *grpc.Server, path string) {
	if err := os.MkdirAll(filepath.Dir(path), 0o750); err != nil {
		log.Fatal(err)
	}
	if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
		log.Fatal(err)
	}
	l, err := net.Listen("unix", path)
	if err != nil {
		log.Fatal(err)
	}
	go func() {
		if err := s.Serve(l); err != nil {
			log.Fatal(err)
		}
	}()
}

type identity struct {
	csi.UnimplementedIdentityServer
	name string
}

func (i identity) GetPluginInfo(context.Context, *csi.GetPluginInfoRequest) (*csi.GetPluginInfoResponse, error) {
	return &csi.GetPluginInfoResponse{Name: i.name, VendorVersion: "berth-testbed"}, nil
}

func (i identity) GetPluginCapabilities(context.Context, *csi.GetPluginCapabilitiesRequest) (*csi.GetPluginCapabilitiesResponse, error) {
	caps := []*csi.PluginCapability{{Type: &csi.PluginCapability_Service_{
		Service: &csi.PluginCapability_Service{Type: csi.PluginCapability_Service_CONTROLLER_SERVICE}}}}
	if !rulesFor(i.name).nfs {
		caps = append(caps, &csi.PluginCapability{Type: &csi.PluginCapability_VolumeExpansion_{
			VolumeExpansion: &csi.PluginCapability_VolumeExpansion{Type: csi.PluginCapability_VolumeExpansion_ONLINE}}})
	}
	return &csi.GetPluginCapabilitiesResponse{Capabilities: caps}, nil
}

func (i identity) Probe(context.Context, *csi.ProbeRequest) (*csi.ProbeResponse, error) {
	return &csi.ProbeResponse{Ready: wrapperspb.Bool(true)}, nil
}

// registrar does for this driver what the node-driver-registrar sidecar does for others.
type registrar struct {
	pluginregistration.UnimplementedRegistrationServer
	name, endpoint string
}

func (r registrar) GetInfo(context.Context, *pluginregistration.InfoRequest) (*pluginregistration.PluginInfo, error) {
	return &pluginregistration.PluginInfo{Type: pluginregistration.CSIPlugin, Name: r.name, Endpoint: r.endpoint,
		SupportedVersions: []string{"1.0.0"}}, nil
}

func (r registrar) NotifyRegistrationStatus(_ context.Context, s *pluginregistration.RegistrationStatus) (*pluginregistration.RegistrationStatusResponse, error) {
	if !s.PluginRegistered {
		log.Print(fmt.Sprintf("the kubelet refused %s: %s", r.name, s.Error))
	}
	return &pluginregistration.RegistrationStatusResponse{}, nil
}
