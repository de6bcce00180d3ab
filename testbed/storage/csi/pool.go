package main

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"sort"
	"syscall"
	"time"
)

// A pool is where a driver keeps its volumes: for each volume and snapshot an image (NAME.img) and a description
// (NAME.json). The files are the truth, so that a driver may be killed at any moment and started again, and so that the
// driver's processes on two nodes see the same volumes.
type pool struct {
	root     string
	capacity int64
	alive    *os.File
}

type volume struct {
	ID        string                `json:"id"`
	Bytes     int64                 `json:"bytes"`
	FsBytes   int64                 `json:"fsBytes"` // less than Bytes until the file system has grown
	FsType    string                `json:"fsType"`
	Faults    bool                  `json:"faults"`
	MultiNode bool                  `json:"multiNode"`
	From      string                `json:"from,omitempty"` // volume or snapshot that its content came from
	Attached  map[string]attachment `json:"attached"`       // by node
}

type attachment struct {
	Mode     int32 `json:"mode"` // csi.VolumeCapability_AccessMode_Mode
	ReadOnly bool  `json:"readOnly"`
}

type snapshot struct {
	ID      string    `json:"id"`
	Source  string    `json:"source"`
	Bytes   int64     `json:"bytes"`
	FsBytes int64     `json:"fsBytes"`
	FsType  string    `json:"fsType"`
	Created time.Time `json:"created"`
}

func openPool(root string, capacity int64) (*pool, error) {
	for _, d := range []string{"volumes", "snapshots", "nodes", "mounts", "faults", "locks"} {
		if err := os.MkdirAll(filepath.Join(root, d), 0o755); err != nil {
			return nil, err
		}
	}
	return &pool{root: root, capacity: capacity}, nil
}

// A ref names a volume or a snapshot; without an id, none.
type ref struct{ kind, id string }

// lock makes this call the only one, of all nodes, that works on some volumes and snapshots, until unlock is called. Calls
// for others go on: what one takes must not be what another is seen to take.
func (p *pool) lock(refs ...ref) (unlock func(), err error) {
	names := map[string]bool{}
	for _, r := range refs {
		if r.id != "" {
			names[r.kind+"-"+idOf(r.id)] = true
		}
	}
	var files []*os.File
	unlock = func() {
		for _, f := range files {
			f.Close()
		}
	}
	for _, name := range slices.Sorted(maps.Keys(names)) { // in one order, so that no two wait for each other
		f, err := lockFile(filepath.Join(p.root, "locks", name))
		if err != nil {
			unlock()
			return nil, err
		}
		files = append(files, f)
	}
	return unlock, nil
}

func lockFile(name string) (*os.File, error) {
	f, err := os.OpenFile(name, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX); err != nil {
		f.Close()
		return nil, err
	}
	return f, nil
}

// reserve makes an image of a size, empty or what it was before; false when so much isn't left.
func (p *pool) reserve(image string, bytes int64, empty bool) (bool, error) {
	f, err := lockFile(filepath.Join(p.root, "locks", "capacity"))
	if err != nil {
		return false, err
	}
	defer f.Close()
	if empty {
		if err := os.Remove(image); err != nil && !errors.Is(err, os.ErrNotExist) { // of a call that was killed
			return false, err
		}
	}
	var have int64
	if s, err := os.Stat(image); err == nil {
		have = s.Size()
	}
	free, err := p.free()
	if err != nil || bytes-have > free {
		return false, err
	}
	out, err := os.OpenFile(image, os.O_CREATE|os.O_RDWR, 0o644)
	if err != nil {
		return false, err
	}
	defer out.Close()
	return true, out.Truncate(bytes)
}

// addNode makes a node known, and alive for as long as this process lives.
func (p *pool) addNode(name string) error {
	f, err := os.OpenFile(filepath.Join(p.root, "nodes", name), os.O_CREATE|os.O_RDWR, 0o644)
	if err != nil {
		return err
	}
	p.alive = f // never closed
	return syscall.Flock(int(f.Fd()), syscall.LOCK_SH)
}

func (p *pool) hasNode(name string) bool {
	_, err := os.Stat(filepath.Join(p.root, "nodes", filepath.Base(name)))
	return err == nil
}

// nodeIsAlive reports whether the driver runs on a node.
func (p *pool) nodeIsAlive(name string) bool {
	f, err := os.Open(filepath.Join(p.root, "nodes", filepath.Base(name)))
	if err != nil {
		return false
	}
	defer f.Close()
	return syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB) == syscall.EWOULDBLOCK
}

var plainName = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$`)

// idOf makes a name of a request into an id that can be a file name; the same name always gives the same id.
func idOf(name string) string {
	if plainName.MatchString(name) {
		return name
	}
	sum := sha256.Sum256([]byte(name))
	return "h" + hex.EncodeToString(sum[:16])
}

func (p *pool) image(kind, id string) string { return filepath.Join(p.root, kind, id+".img") }

// read fills v with the description of a volume or snapshot; false if there is none.
func (p *pool) read(kind, id string, v any) (bool, error) {
	if !plainName.MatchString(id) {
		return false, nil
	}
	b, err := os.ReadFile(filepath.Join(p.root, kind, id+".json"))
	if errors.Is(err, os.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	return true, json.Unmarshal(b, v)
}

func (p *pool) write(kind, id string, v any) error {
	b, err := json.Marshal(v)
	if err != nil {
		return err
	}
	file := filepath.Join(p.root, kind, id+".json")
	if err := os.WriteFile(file+".new", b, 0o644); err != nil {
		return err
	}
	return os.Rename(file+".new", file)
}

func (p *pool) remove(kind, id string) error {
	if !plainName.MatchString(id) {
		return nil
	}
	for _, file := range []string{p.image(kind, id), p.image(kind, id) + ".new", filepath.Join(p.root, kind, id+".json")} {
		if err := os.Remove(file); err != nil && !errors.Is(err, os.ErrNotExist) {
			return err
		}
	}
	return nil
}

func (p *pool) volume(id string) (*volume, bool, error) {
	v := &volume{}
	ok, err := p.read("volumes", id, v)
	if v.Attached == nil {
		v.Attached = map[string]attachment{}
	}
	return v, ok, err
}

func (p *pool) snapshot(id string) (*snapshot, bool, error) {
	s := &snapshot{}
	ok, err := p.read("snapshots", id, s)
	return s, ok, err
}

// ids lists volumes or snapshots, sorted.
func (p *pool) ids(kind string) ([]string, error) {
	files, err := filepath.Glob(filepath.Join(p.root, kind, "*.json"))
	if err != nil {
		return nil, err
	}
	var ids []string
	for _, f := range files {
		b := filepath.Base(f)
		ids = append(ids, b[:len(b)-len(".json")])
	}
	sort.Strings(ids)
	return ids, nil
}

// free is the number of bytes that can still be promised. What is promised is the size of the images, which are sparse.
func (p *pool) free() (int64, error) {
	left := p.capacity
	for _, kind := range []string{"volumes", "snapshots"} {
		images, err := filepath.Glob(p.image(kind, "*"))
		if err != nil {
			return 0, err
		}
		for _, image := range images {
			s, err := os.Stat(image)
			if errors.Is(err, os.ErrNotExist) {
				continue // removed meanwhile
			}
			if err != nil {
				return 0, err
			}
			left -= s.Size()
		}
	}
	return max(left, 0), nil
}

// faultFile is where the fault switch of a volume is; faultfs reads it, `testbed/storage/fault` writes it.
func (p *pool) faultFile(id string) string { return filepath.Join(p.root, "faults", id) }
