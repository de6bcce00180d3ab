package main

import (
	"fmt"
	"os"
	"os/exec"
	"strings"
	"syscall"
)

// run executes a program and gives its output; the error holds what the program said.
func run(program string, args ...string) (string, error) {
	out, err := exec.Command(program, args...).CombinedOutput()
	text := strings.TrimSpace(string(out))
	if err != nil {
		return "", fmt.Errorf("%s %s: %v: %s", program, strings.Join(args, " "), err, text)
	}
	return text, nil
}

// mounted reports whether something is mounted on a directory. It reads mountinfo and doesn't touch the directory, which
// could hang or fail when the server behind it has gone.
func mounted(dir string) (bool, error) {
	info, err := os.ReadFile("/proc/self/mountinfo")
	if err != nil {
		return false, err
	}
	for _, line := range strings.Split(string(info), "\n") {
		if f := strings.Fields(line); len(f) > 4 && f[4] == dir {
			return true, nil
		}
	}
	return false, nil
}

// mountedFrom gives a directory that a source, as mount(8) was told it, is mounted on; empty if there is none.
func mountedFrom(source string) (string, error) {
	info, err := os.ReadFile("/proc/self/mountinfo")
	if err != nil {
		return "", err
	}
	for _, line := range strings.Split(string(info), "\n") {
		where, what, _ := strings.Cut(line, " - ")
		if f, w := strings.Fields(where), strings.Fields(what); len(f) > 4 && len(w) > 1 && w[1] == source {
			return f[4], nil
		}
	}
	return "", nil
}

// unmount takes away everything mounted on a directory. When it is in use it stays usable for those who have it open.
func unmount(dir string) error {
	for {
		m, err := mounted(dir)
		if err != nil || !m {
			return err
		}
		if err := syscall.Unmount(dir, 0); err == syscall.EBUSY {
			err = syscall.Unmount(dir, syscall.MNT_DETACH)
			if err != nil {
				return fmt.Errorf("unmount %s: %w", dir, err)
			}
		} else if err != nil {
			return fmt.Errorf("unmount %s: %w", dir, err)
		}
	}
}

// removeDir removes an empty directory that may be gone already. Never more: were something still mounted on it, its
// data would be lost.
func removeDir(dir string) error {
	if err := os.Remove(dir); err != nil && !os.IsNotExist(err) {
		return err
	}
	return nil
}

// withLoop runs f with a loop device for a file; fresh says that nobody else uses it. All mounts of a file share one
// device, since two devices would be two file systems that destroy each other's data. It goes away with its last mount.
func withLoop(file string, f func(device string, fresh bool) error) error {
	device, err := run("losetup", "--noheadings", "--output", "NAME", "--associated", file)
	if err != nil {
		return err
	}
	fresh := device == ""
	if fresh {
		// Direct I/O: else everything would be cached twice, and fsync would mean less than it says.
		if device, err = run("losetup", "--find", "--show", "--direct-io=on", file); err != nil {
			return err
		}
	}
	err = f(device, fresh)
	// On a device in use this only sets its autoclear flag.
	if _, derr := run("losetup", "--detach", device); derr != nil && err == nil {
		err = derr
	}
	return err
}
