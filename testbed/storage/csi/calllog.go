package main

import (
	"context"
	"encoding/json"
	"os"
	"path"
	"sync"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
)

// A call is one line of the call log. It names the volume or snapshot and nothing else of the request, so that no
// secret can get into the log.
type call struct {
	Time    time.Time `json:"time"` // when the call came in
	Seconds float64   `json:"seconds"`
	Driver  string    `json:"driver"`
	Node    string    `json:"node"`
	Method  string    `json:"method"`
	Subject string    `json:"subject,omitempty"` // volume or snapshot: its id, or its name where it has no id yet
	Code    string    `json:"code"`
	Error   string    `json:"error,omitempty"`
	Again   *again    `json:"again,omitempty"` // the same request once more, where that was asked for
}

// again is what became of a request that had been served a moment before.
type again struct {
	Seconds float64 `json:"seconds"`
	Same    bool    `json:"same"` // the same answer, to the last field
	Error   string  `json:"error,omitempty"`
}

// The calls that the specification wants to be idempotent. The others change nothing.
var idempotent = map[string]bool{
	"CreateVolume": true, "DeleteVolume": true, "ControllerPublishVolume": true, "ControllerUnpublishVolume": true,
	"CreateSnapshot": true, "DeleteSnapshot": true, "ControllerExpandVolume": true, "NodeStageVolume": true,
	"NodeUnstageVolume": true, "NodePublishVolume": true, "NodeUnpublishVolume": true, "NodeExpandVolume": true,
}

type callLog struct {
	driver, node string
	repeat       string // file: while it exists, each call that may be repeated is
	mu           sync.Mutex
	out          *json.Encoder // nil: no log
}

func newCallLog(file, repeat, driver, node string) (*callLog, error) {
	l := &callLog{driver: driver, node: node, repeat: repeat}
	if file == "" {
		return l, nil
	}
	f, err := os.OpenFile(file, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
	if err != nil {
		return nil, err
	}
	l.out = json.NewEncoder(f)
	return l, nil
}

func (l *callLog) intercept(ctx context.Context, req any, info *grpc.UnaryServerInfo, next grpc.UnaryHandler) (any, error) {
	begin := time.Now()
	resp, err := next(ctx, req)
	c := call{Time: begin.UTC(), Seconds: time.Since(begin).Seconds(), Driver: l.driver, Node: l.node,
		Method: path.Base(info.FullMethod), Subject: subject(req), Code: status.Code(err).String()}
	if err != nil {
		c.Error = status.Convert(err).Message()
	} else if idempotent[c.Method] && l.repeats() {
		c.Again = once(ctx, req, resp, next)
	}
	if l.out != nil {
		l.mu.Lock()
		defer l.mu.Unlock()
		if werr := l.out.Encode(c); werr != nil && err == nil {
			err = werr // a log with holes would be worse than a failed call
		}
	}
	return resp, err
}

func (l *callLog) repeats() bool {
	_, err := os.Stat(l.repeat)
	return l.repeat != "" && err == nil
}

// once serves a request that was served before, as Kubernetes sends it when it lost the answer.
func once(ctx context.Context, req, before any, next grpc.UnaryHandler) *again {
	begin := time.Now()
	resp, err := next(ctx, req)
	a := &again{Seconds: time.Since(begin).Seconds()}
	if err != nil {
		a.Error = status.Convert(err).Message()
		return a
	}
	a.Same = proto.Equal(before.(proto.Message), resp.(proto.Message))
	return a
}

func subject(req any) string {
	switch r := req.(type) {
	case interface{ GetVolumeId() string }:
		return r.GetVolumeId()
	case interface{ GetSnapshotId() string }:
		return r.GetSnapshotId()
	case interface{ GetName() string }:
		return r.GetName()
	}
	return ""
}
