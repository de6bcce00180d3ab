package main

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/container-storage-interface/spec/lib/go/csi"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// logged makes a call and gives what the log says of it.
func logged(t *testing.T, repeat bool, method string, next grpc.UnaryHandler) call {
	t.Helper()
	dir := t.TempDir()
	switchFile := filepath.Join(dir, "repeat")
	if repeat {
		if err := os.WriteFile(switchFile, nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	l, err := newCallLog(filepath.Join(dir, "calls"), switchFile, "d", "node1")
	if err != nil {
		t.Fatal(err)
	}
	l.intercept(context.Background(), &csi.DeleteVolumeRequest{VolumeId: "v"}, &grpc.UnaryServerInfo{FullMethod: "/csi.v1.Controller/" + method}, next)
	text, err := os.ReadFile(filepath.Join(dir, "calls"))
	if err != nil {
		t.Fatal(err)
	}
	var c call
	if err := json.Unmarshal(text, &c); err != nil {
		t.Fatal(err)
	}
	return c
}

func TestACallIsRepeatedWhereThatWasAskedFor(t *testing.T) {
	served := 0
	grows := func(context.Context, any) (any, error) {
		served++
		return &csi.ControllerExpandVolumeResponse{CapacityBytes: int64(served)}, nil
	}
	steady := func(context.Context, any) (any, error) { return &csi.DeleteVolumeResponse{}, nil }
	once := func(context.Context, any) (any, error) {
		served++
		if served > 1 {
			return nil, status.Error(codes.NotFound, "not twice")
		}
		return &csi.DeleteVolumeResponse{}, nil
	}
	if c := logged(t, true, "DeleteVolume", steady); c.Again == nil || !c.Again.Same {
		t.Errorf("the same answer: %+v", c.Again)
	}
	if c := logged(t, true, "ControllerExpandVolume", grows); c.Again == nil || c.Again.Same {
		t.Errorf("another answer: %+v", c.Again)
	}
	served = 0
	if c := logged(t, true, "DeleteVolume", once); c.Again == nil || c.Again.Same || !strings.Contains(c.Again.Error, "not twice") {
		t.Errorf("no second answer: %+v", c.Again)
	}
	if c := logged(t, false, "DeleteVolume", steady); c.Again != nil {
		t.Error("repeated without being asked for")
	}
	if c := logged(t, true, "ListVolumes", steady); c.Again != nil {
		t.Error("a call that changes nothing was repeated")
	}
	refused := func(context.Context, any) (any, error) { return nil, status.Error(codes.Internal, "no") }
	if c := logged(t, true, "DeleteVolume", refused); c.Again != nil || c.Error != "no" {
		t.Errorf("a failed call: %+v", c)
	}
}
