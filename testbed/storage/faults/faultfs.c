/* faultfs SOURCE TARGET SWITCH: shows the directory SOURCE at TARGET, and misbehaves as the file SWITCH says.
 *
 * SWITCH holds any of these lines; an absent or empty file means none:
 *   slow MILLISECONDS   every operation takes so much longer
 *   full                what needs space fails with ENOSPC
 *   readonly            what writes fails with EROFS
 *   gone                everything fails with EIO, as on a disk that was pulled out
 * It is read again before every operation, so it acts on files that are open already.
 *
 * The kernel checks permissions (default_permissions); this process is root and passes on what was allowed. */
#define FUSE_USE_VERSION 314
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <fuse.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/xattr.h>
#include <time.h>
#include <unistd.h>

enum { READS = 0, WRITES = 1, NEEDS_SPACE = 3 };

static const char *switch_file;
static int source; /* SOURCE, open */

/* What an operation of this kind has to fail with, 0 for nothing; waits first if that is the fault. */
static int fault(int kind) {
	char text[256];
	int fd = open(switch_file, O_RDONLY | O_CLOEXEC), error = 0;
	ssize_t n = fd < 0 ? 0 : read(fd, text, sizeof text - 1);
	if (fd >= 0) close(fd);
	if (n <= 0) return 0;
	text[n] = 0;
	char *rest = NULL;
	for (char *line = strtok_r(text, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest)) {
		long ms;
		if (sscanf(line, "slow %ld", &ms) == 1) {
			struct timespec t = {ms / 1000, ms % 1000 * 1000000};
			nanosleep(&t, NULL);
		} else if (!strcmp(line, "gone")) error = EIO;
		else if (!strcmp(line, "readonly") && kind & WRITES && error != EIO) error = EROFS;
		else if (!strcmp(line, "full") && kind == NEEDS_SPACE && !error) error = ENOSPC;
	}
	return -error;
}
#define FAULT(kind) do { int e = fault(kind); if (e) return e; } while (0)
#define RESULT(call) ((call) == -1 ? -errno : 0)

/* FUSE's paths begin with a slash; relative ones are resolved below SOURCE. */
static const char *rel(const char *path) { return path[1] ? path + 1 : "."; }

/* xattr calls take no directory descriptor. */
static void absolute(const char *path, char *out, size_t size) { snprintf(out, size, "/proc/self/fd/%d/%s", source, rel(path)); }

/* A new file belongs to the caller; in a directory with the set-group-ID bit its group stays the directory's. */
static int give(const char *path) {
	struct stat parent;
	char dir[4096];
	snprintf(dir, sizeof dir, "%s", rel(path));
	char *slash = strrchr(dir, '/');
	if (slash) *slash = 0; else strcpy(dir, ".");
	if (fstatat(source, dir, &parent, 0)) return -errno;
	struct fuse_context *c = fuse_get_context();
	return RESULT(fchownat(source, rel(path), c->uid, parent.st_mode & S_ISGID ? (gid_t)-1 : c->gid, AT_SYMLINK_NOFOLLOW));
}

static void *ffs_init(struct fuse_conn_info *conn, struct fuse_config *config) {
	(void)conn;
	config->use_ino = 1;
	config->auto_cache = 1;
	config->nullpath_ok = 0;
	/* Nothing remembered: each look at a file is an operation, which the faults can reach. */
	config->entry_timeout = config->attr_timeout = config->negative_timeout = 0;
	return NULL;
}

static int ffs_getattr(const char *path, struct stat *s, struct fuse_file_info *fi) {
	FAULT(READS);
	return RESULT(fi ? fstat(fi->fh, s) : fstatat(source, rel(path), s, AT_SYMLINK_NOFOLLOW));
}

static int ffs_readlink(const char *path, char *buffer, size_t size) {
	FAULT(READS);
	ssize_t n = readlinkat(source, rel(path), buffer, size - 1);
	if (n < 0) return -errno;
	buffer[n] = 0;
	return 0;
}

static int ffs_readdir(const char *path, void *buffer, fuse_fill_dir_t fill, off_t offset, struct fuse_file_info *fi,
		enum fuse_readdir_flags flags) {
	(void)offset; (void)fi; (void)flags;
	FAULT(READS);
	int fd = openat(source, rel(path), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *d = fd < 0 ? NULL : fdopendir(fd);
	if (!d) { int e = errno; if (fd >= 0) close(fd); return -e; }
	for (struct dirent *e; (e = readdir(d));) {
		struct stat s = {.st_ino = e->d_ino, .st_mode = e->d_type << 12};
		if (fill(buffer, e->d_name, &s, 0, 0)) break;
	}
	closedir(d);
	return 0;
}

static int ffs_mknod(const char *path, mode_t mode, dev_t device) {
	FAULT(NEEDS_SPACE);
	return mknodat(source, rel(path), mode, device) ? -errno : give(path);
}

static int ffs_mkdir(const char *path, mode_t mode) {
	FAULT(NEEDS_SPACE);
	return mkdirat(source, rel(path), mode) ? -errno : give(path);
}

static int ffs_symlink(const char *to, const char *path) {
	FAULT(NEEDS_SPACE);
	return symlinkat(to, source, rel(path)) ? -errno : give(path);
}

static int ffs_unlink(const char *path) { FAULT(WRITES); return RESULT(unlinkat(source, rel(path), 0)); }
static int ffs_rmdir(const char *path) { FAULT(WRITES); return RESULT(unlinkat(source, rel(path), AT_REMOVEDIR)); }

static int ffs_rename(const char *from, const char *to, unsigned flags) {
	FAULT(WRITES);
	return RESULT(renameat2(source, rel(from), source, rel(to), flags));
}

static int ffs_link(const char *from, const char *to) {
	FAULT(NEEDS_SPACE);
	return RESULT(linkat(source, rel(from), source, rel(to), 0));
}

static int ffs_chmod(const char *path, mode_t mode, struct fuse_file_info *fi) {
	FAULT(WRITES);
	return RESULT(fi ? fchmod(fi->fh, mode) : fchmodat(source, rel(path), mode, 0));
}

static int ffs_chown(const char *path, uid_t uid, gid_t gid, struct fuse_file_info *fi) {
	FAULT(WRITES);
	return RESULT(fi ? fchown(fi->fh, uid, gid) : fchownat(source, rel(path), uid, gid, AT_SYMLINK_NOFOLLOW));
}

static int ffs_truncate(const char *path, off_t size, struct fuse_file_info *fi) {
	FAULT(WRITES);
	if (fi) return RESULT(ftruncate(fi->fh, size));
	int fd = openat(source, rel(path), O_WRONLY | O_CLOEXEC);
	if (fd < 0) return -errno;
	int r = RESULT(ftruncate(fd, size));
	close(fd);
	return r;
}

static int ffs_utimens(const char *path, const struct timespec t[2], struct fuse_file_info *fi) {
	FAULT(WRITES);
	return RESULT(fi ? futimens(fi->fh, t) : utimensat(source, rel(path), t, AT_SYMLINK_NOFOLLOW));
}

/* The kernel computes offsets of appending writes itself; O_APPEND here would move them. Nor are libfuse's buffers aligned
 * as a disk wants them from O_DIRECT. */
static int open_flags(int flags) { return (flags & ~(O_APPEND | O_NOFOLLOW | O_DIRECT)) | O_CLOEXEC; }

static void opened(struct fuse_file_info *fi, int fd) {
	fi->fh = fd;
	fi->direct_io = !!(fi->flags & O_DIRECT); /* past the page cache at least */
}

static int ffs_create(const char *path, mode_t mode, struct fuse_file_info *fi) {
	FAULT(NEEDS_SPACE);
	int fd = openat(source, rel(path), open_flags(fi->flags) | O_CREAT, mode);
	if (fd < 0) return -errno;
	int error = give(path);
	if (error) close(fd);
	else opened(fi, fd);
	return error;
}

static int ffs_open(const char *path, struct fuse_file_info *fi) {
	FAULT((fi->flags & O_ACCMODE) == O_RDONLY ? READS : WRITES);
	int fd = openat(source, rel(path), open_flags(fi->flags));
	if (fd < 0) return -errno;
	opened(fi, fd);
	return 0;
}

static int ffs_read(const char *path, char *buffer, size_t size, off_t offset, struct fuse_file_info *fi) {
	(void)path;
	FAULT(READS);
	ssize_t n = pread(fi->fh, buffer, size, offset);
	return n < 0 ? -errno : (int)n;
}

static int ffs_write(const char *path, const char *buffer, size_t size, off_t offset, struct fuse_file_info *fi) {
	(void)path;
	FAULT(NEEDS_SPACE);
	ssize_t n = pwrite(fi->fh, buffer, size, offset);
	return n < 0 ? -errno : (int)n;
}

static int ffs_fallocate(const char *path, int mode, off_t offset, off_t length, struct fuse_file_info *fi) {
	(void)path;
	FAULT(NEEDS_SPACE);
	return RESULT(fallocate(fi->fh, mode, offset, length));
}

static int ffs_statfs(const char *path, struct statvfs *s) {
	(void)path;
	FAULT(READS);
	return RESULT(fstatvfs(source, s));
}

static int ffs_flush(const char *path, struct fuse_file_info *fi) {
	(void)path;
	FAULT(READS);
	return RESULT(close(dup(fi->fh)));
}

static int ffs_release(const char *path, struct fuse_file_info *fi) { (void)path; return RESULT(close(fi->fh)); }

static int ffs_fsync(const char *path, int only_data, struct fuse_file_info *fi) {
	(void)path;
	FAULT(WRITES);
	return RESULT(only_data ? fdatasync(fi->fh) : fsync(fi->fh));
}

static int ffs_fsyncdir(const char *path, int only_data, struct fuse_file_info *fi) {
	(void)only_data; (void)fi;
	FAULT(WRITES);
	int fd = openat(source, rel(path), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0) return -errno;
	int r = RESULT(fsync(fd));
	close(fd);
	return r;
}

static int ffs_setxattr(const char *path, const char *name, const char *value, size_t size, int flags) {
	FAULT(NEEDS_SPACE);
	char file[4200];
	absolute(path, file, sizeof file);
	return RESULT(lsetxattr(file, name, value, size, flags));
}

static int ffs_getxattr(const char *path, const char *name, char *value, size_t size) {
	FAULT(READS);
	char file[4200];
	absolute(path, file, sizeof file);
	ssize_t n = lgetxattr(file, name, value, size);
	return n < 0 ? -errno : (int)n;
}

static int ffs_listxattr(const char *path, char *list, size_t size) {
	FAULT(READS);
	char file[4200];
	absolute(path, file, sizeof file);
	ssize_t n = llistxattr(file, list, size);
	return n < 0 ? -errno : (int)n;
}

static int ffs_removexattr(const char *path, const char *name) {
	FAULT(WRITES);
	char file[4200];
	absolute(path, file, sizeof file);
	return RESULT(lremovexattr(file, name));
}

static off_t ffs_lseek(const char *path, off_t offset, int whence, struct fuse_file_info *fi) {
	(void)path;
	FAULT(READS);
	off_t r = lseek(fi->fh, offset, whence);
	return r == -1 ? -errno : r;
}

static const struct fuse_operations operations = {
	.init = ffs_init, .getattr = ffs_getattr, .readlink = ffs_readlink, .readdir = ffs_readdir, .mknod = ffs_mknod,
	.mkdir = ffs_mkdir, .symlink = ffs_symlink, .unlink = ffs_unlink, .rmdir = ffs_rmdir, .rename = ffs_rename,
	.link = ffs_link, .chmod = ffs_chmod, .chown = ffs_chown, .truncate = ffs_truncate, .utimens = ffs_utimens,
	.create = ffs_create, .open = ffs_open, .read = ffs_read, .write = ffs_write, .fallocate = ffs_fallocate,
	.statfs = ffs_statfs, .flush = ffs_flush, .release = ffs_release, .fsync = ffs_fsync, .fsyncdir = ffs_fsyncdir,
	.setxattr = ffs_setxattr, .getxattr = ffs_getxattr, .listxattr = ffs_listxattr, .removexattr = ffs_removexattr,
	.lseek = ffs_lseek,
};

int main(int argc, char **argv) {
	if (argc != 4) {
		fprintf(stderr, "usage: faultfs SOURCE TARGET SWITCH\n");
		return 2;
	}
	if ((source = open(argv[1], O_PATH | O_DIRECTORY | O_CLOEXEC)) < 0) {
		perror(argv[1]);
		return 1;
	}
	switch_file = argv[3];
	umask(0); /* the kernel has applied the caller's */
	char options[5000];
	/* Slow operations wait in their threads: as many as may be on their way at once. */
	snprintf(options, sizeof options, "allow_other,default_permissions,max_threads=64,subtype=faultfs,fsname=%s", argv[1]);
	char *fuse_argv[] = {argv[0], "-o", options, argv[2], NULL};
	return fuse_main(4, fuse_argv, &operations, NULL);
}
