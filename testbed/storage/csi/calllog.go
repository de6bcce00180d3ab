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
}

type callLog struct {
	driver, node string
	mu           sync.Mutex
	out          *json.Encoder // nil: no log
}

func newCallLog(file, driver, node string) (*callLog, error) {
	l := &callLog{driver: driver, node: node}
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
