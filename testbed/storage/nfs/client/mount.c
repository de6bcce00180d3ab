/* Options, mounting, and the loop. Called by mount(8), and so by a kubelet, as mount.nfs. */
#include "nfs.h"
#include <linux/fuse.h>
#include <netdb.h>
#include <signal.h>
#include <stdarg.h>
#include <sys/mount.h>

struct options options = {.connections = 1, .read_size = MIB, .write_size = MIB, .attribute_seconds = 1, .close_to_open = true,
	.timeout_seconds = 60, .retries = 2, .read_ahead_kib = 1024};
struct fuse_session *session;
static volatile sig_atomic_t stop;
#define DRAIN_SECONDS 10.0
static int status_fd = -1; /* to the process that mount(8) waits for */

double now(void) {
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec + t.tv_nsec / 1e9;
}

void *allocate(size_t size) {
	void *p = calloc(1, size);
	if (!p) abort();
	return p;
}

/* Ends the mount with a message; 32 is mount(8)'s "mount failure". */
__attribute__((noreturn, format(printf, 1, 2))) static void fail(const char *format, ...) {
	char text[600];
	va_list args;
	va_start(args, format);
	vsnprintf(text, sizeof text, format, args);
	va_end(args);
	dprintf(status_fd >= 0 ? status_fd : 2, "mount.nfs: %s\n", text);
	_exit(32);
}

/* ---- options ---- */

static char *fuse_options;

static void add_fuse_option(const char *option) {
	char *longer;
	if (asprintf(&longer, "%s,%s", fuse_options, option) < 0) abort();
	free(fuse_options);
	fuse_options = longer;
}

static bool one_of(const char *option, const char *const *list) {
	for (; *list; list++)
		if (!strcmp(option, *list)) return true;
	return false;
}

static long number(const char *option, const char *value) {
	char *end;
	long n = value ? strtol(value, &end, 10) : -1;
	if (!value || end == value || *end || n < 0) fail("the value of option %s is not a number", option);
	return n;
}

/* What has a value of a few, of which this client serves these. */
static const struct { const char *option, *served[6]; } choices[] = {
	{"vers", {"3", "4", "4.0", "4.1", "4.2"}}, {"nfsvers", {"3", "4", "4.0", "4.1", "4.2"}}, {"minorversion", {"0", "1", "2"}},
	{"proto", {"tcp", "tcp6"}}, {"mountproto", {"tcp", "tcp6"}}, {"mountvers", {"3"}}, {"sec", {"sys"}},
	{"local_lock", {"none", "all", "flock", "posix"}}, {"lookupcache", {"all", "pos", "positive", "none"}}};

static bool is_choice(const char *option, const char *value) {
	for (size_t i = 0; i < sizeof choices / sizeof *choices; i++) {
		if (strcmp(choices[i].option, option)) continue;
		if (value && one_of(value, choices[i].served)) return true;
		char known[100] = "";
		for (const char *const *s = choices[i].served; *s; s++) strcat(strcat(known, s == choices[i].served ? "" : ", "), *s);
		fail("%s=%s is not served (served: %s)", option, value ? value : "", known);
	}
	return false;
}

/* Like the kernel's client it refuses what it doesn't know: a misspelt mountOption should fail here as it would there. So
 * does what it knows and can't do, Kerberos say. Ignored is what means nothing to a client in user space, or to version 3.
 * Of options that contradict each other the last one counts. */
static void read_option(char *option) {
	static const char *const passed_on[] = {"noexec", "nosuid", "nodev", "noatime", "nodiratime", "relatime", "dirsync", NULL};
	static const char *const ignored[] = {"exec", "suid", "dev", "atime", "defaults", "_netdev", "nolock", "lock",
		"resvport", "noresvport", "intr", "nointr", "tcp", "fg", "bg", "acl", "noacl", "rdirplus", "nordirplus", "sharecache",
		"nosharecache", "fsc", "nofsc", "migration", "nomigration", "mounthost", "clientaddr", "addr", "trunkdiscovery", NULL};
	static const char *const ignored_numbers[] = {"retry", "acregmin", "acregmax", "acdirmin", "acdirmax", "namlen", "bsize", "max_connect", NULL};
	char *value = strchr(option, '=');
	if (value) *value++ = 0;
	if (one_of(option, passed_on)) add_fuse_option(option);
	else if (!strcmp(option, "ro") || !strcmp(option, "rw")) options.read_only = option[1] == 'o';
	else if (!strcmp(option, "sync") || !strcmp(option, "async")) options.synchronous = option[0] == 's';
	else if (!strcmp(option, "soft") || !strcmp(option, "softerr") || !strcmp(option, "hard")) options.soft = option[0] == 's';
	else if (!strcmp(option, "noac")) options.attribute_seconds = 0;
	else if (!strcmp(option, "ac")) options.attribute_seconds = options.attribute_seconds ? options.attribute_seconds : 1;
	else if (!strcmp(option, "cto") || !strcmp(option, "nocto")) options.close_to_open = option[0] == 'c';
	else if (!strcmp(option, "actimeo")) options.attribute_seconds = number(option, value);
	else if (!strcmp(option, "timeo")) options.timeout_seconds = number(option, value) / 10.0;
	else if (!strcmp(option, "retrans")) options.retries = number(option, value);
	else if (!strcmp(option, "port")) options.nfs_port = number(option, value);
	else if (!strcmp(option, "mountport")) options.mount_port = number(option, value);
	else if (is_choice(option, value)) {
		if (!strcmp(option, "vers") || !strcmp(option, "nfsvers")) options.version = *value - '0';
	} else if (!strcmp(option, "nconnect")) {
		options.connections = number(option, value);
		if (options.connections < 1 || options.connections > MAX_CONNECTIONS) fail("nconnect must be 1 to %d", MAX_CONNECTIONS);
	} else if (!strcmp(option, "rsize") || !strcmp(option, "wsize")) {
		long size = number(option, value);
		uint32_t bounded = size < 4096 ? 4096 : size > MIB ? MIB : size / 4096 * 4096;
		*(option[0] == 'r' ? &options.read_size : &options.write_size) = bounded;
	} else if (one_of(option, ignored_numbers)) number(option, value);
	else if (*option && !one_of(option, ignored)) fail("an incorrect mount option was specified: %s", option);
}

static void read_options(char *list) {
	char *rest;
	for (char *o = strtok_r(list, ",", &rest); o; o = strtok_r(NULL, ",", &rest)) read_option(o);
}

/* SERVER:/PATH or [v6]:/PATH. The server's name is looked up once: a mount stays with its address. */
static void read_source(char *source) {
	char *host = source, *path = strstr(source, ":/");
	if (!path) fail("%s is not SERVER:/PATH", source);
	*path++ = 0;
	if (*host == '[' && path[-2] == ']') {
		host++;
		path[-2] = 0;
	}
	struct addrinfo hints = {.ai_socktype = SOCK_STREAM}, *found;
	int error = getaddrinfo(host, NULL, &hints, &found);
	if (error) fail("Failed to resolve server %s: %s", host, gai_strerror(error));
	getnameinfo(found->ai_addr, found->ai_addrlen, options.server, sizeof options.server, NULL, 0, NI_NUMERICHOST);
	freeaddrinfo(found);
	options.path = path;
}

/* ---- a server that is slow, or fails, on demand ----
 *
 * The fault file has lines as faultfs's: while it says "slow MILLISECONDS", each request of the kernel waits so long before
 * it is looked at; while it says "full", "readonly" or "gone", requests fail instead of being looked at. */

struct delayed { struct delayed *next; struct fuse_buf buffer; double due; };
static struct delayed *delayed, **delayed_end = &delayed;
static struct { double seconds; bool full, readonly, gone; } faults;

static void read_faults(void) {
	static double looked;
	if (!options.fault_file || now() - looked < 0.05) return;
	looked = now();
	memset(&faults, 0, sizeof faults);
	FILE *f = fopen(options.fault_file, "re");
	char line[100];
	long ms;
	while (f && fgets(line, sizeof line, f)) {
		if (sscanf(line, "slow %ld", &ms) == 1) faults.seconds = ms / 1000.0;
		faults.full |= !strcmp(line, "full\n");
		faults.readonly |= !strcmp(line, "readonly\n");
		faults.gone |= !strcmp(line, "gone\n");
	}
	if (f) fclose(f);
}

/* What a request has to fail with, 0 for nothing. What ends the use of something always works. */
static int fault_of(uint32_t opcode) {
	switch (opcode) {
	case FUSE_INIT: case FUSE_DESTROY: case FUSE_FORGET: case FUSE_BATCH_FORGET: case FUSE_INTERRUPT: case FUSE_RELEASE: case FUSE_RELEASEDIR:
		return 0;
	case FUSE_WRITE: case FUSE_CREATE: case FUSE_MKNOD: case FUSE_MKDIR: case FUSE_SYMLINK: case FUSE_LINK:
		return faults.gone ? EIO : faults.readonly ? EROFS : faults.full ? ENOSPC : 0;
	case FUSE_SETATTR: case FUSE_UNLINK: case FUSE_RMDIR: case FUSE_RENAME: case FUSE_RENAME2:
		return faults.gone ? EIO : faults.readonly ? EROFS : 0;
	default:
		return faults.gone ? EIO : 0;
	}
}

static void process(struct fuse_buf *buffer) {
	const struct fuse_in_header *request = buffer->mem;
	int error = fault_of(request->opcode);
	struct fuse_out_header reply = {.len = sizeof reply, .error = -error, .unique = request->unique};
	if (!error) fuse_session_process_buf(session, buffer);
	else if (write(fuse_session_fd(session), &reply, sizeof reply) < 0) {} /* interrupted meanwhile: nobody waits for it */
}

static void handle(struct fuse_buf *buffer) {
	read_faults();
	if (!faults.seconds && !delayed) {
		process(buffer);
		return;
	}
	struct delayed *d = allocate(sizeof *d);
	d->buffer = *buffer;
	d->due = now() + faults.seconds;
	*delayed_end = d;
	delayed_end = &d->next;
	buffer->mem = NULL; /* libfuse allocates another */
}

static int handle_delayed(void) {
	while (delayed && delayed->due <= now()) {
		struct delayed *d = delayed;
		if (!(delayed = d->next)) delayed_end = &delayed;
		process(&d->buffer);
		free(d->buffer.mem);
		free(d);
	}
	return delayed ? (int)((delayed->due - now()) * 1000) + 1 : 200;
}

/* ---- the loop ---- */

/* The kernel reads ahead 128 KiB by default, too little for a network. The device number comes from mountinfo, since a
 * stat of the mount point would wait for this process itself. */
static void set_read_ahead(const char *target) {
	char line[8192], device[32] = "", where[4096], path[96];
	unsigned major, minor;
	FILE *f = fopen("/proc/self/mountinfo", "re");
	while (f && fgets(line, sizeof line, f))
		if (sscanf(line, "%*d %*d %u:%u %*s %4095s", &major, &minor, where) == 3 && !strcmp(where, target))
			snprintf(device, sizeof device, "%u:%u", major, minor);
	if (f) fclose(f);
	snprintf(path, sizeof path, "/sys/class/bdi/%s/read_ahead_kb", device);
	if (*device && (f = fopen(path, "we"))) {
		fprintf(f, "%d\n", options.read_ahead_kib);
		fclose(f);
	}
}

static void loop(const char *target) {
	struct fuse_buf buffer = {0};
	bool mounted = false;
	int fuse_fd = fuse_session_fd(session), timeout = 200;
	fcntl(fuse_fd, F_SETFL, fcntl(fuse_fd, F_GETFL) | O_NONBLOCK);
	double ticked = now();
	while (!fuse_session_exited(session) && !stop) {
		struct pollfd fds[2 * MAX_CONNECTIONS + 1];
		int n = net_prepare_poll(fds + 1);
		fds[0] = (struct pollfd){.fd = fuse_fd, .events = POLLIN};
		if (poll(fds, n + 1, timeout) < 0) {
			if (errno == EINTR) continue;
			break;
		}
		/* A bound, so that the server's answers get their turn. */
		for (int i = 0; fds[0].revents && i < 32; i++) {
			int size = fuse_session_receive_buf(session, &buffer);
			if (size == -EINTR) continue;
			if (size == -EAGAIN) break;
			if (size <= 0) {
				fuse_session_exit(session);
				break;
			}
			handle(&buffer);
			if (!mounted) { /* the kernel's first request is answered: the mount can be used */
				mounted = true;
				set_read_ahead(target);
				if (status_fd >= 0 && write(status_fd, "", 1) < 0) {}
				close(status_fd);
				status_fd = -1;
			}
		}
		timeout = handle_delayed();
		net_after_poll(fds + 1);
		if (now() - ticked > 0.05) {
			ticked = now();
			files_tick(false);
		}
	}
}

/* What was written and not confirmed, and the calls on their way. A server that is away doesn't hold up an end for ever. */
static void drain(void) {
	double end = now() + DRAIN_SECONDS;
	while ((files_tick(true) || net_busy()) && now() < end) {
		struct pollfd fds[2 * MAX_CONNECTIONS];
		int n = net_prepare_poll(fds);
		if (poll(fds, n, 50) < 0) continue;
		net_after_poll(fds);
	}
}

static void on_signal(int signal) { stop = signal; }

/* Returns in the child; the parent waits for its message: a zero byte for success. */
static void to_background(void) {
	int fds[2];
	if (pipe(fds)) fail("pipe: %s", strerror(errno));
	pid_t child = fork();
	if (child < 0) fail("fork: %s", strerror(errno));
	if (child) {
		char text[700];
		ssize_t n = 0, part;
		close(fds[1]);
		while ((part = read(fds[0], text + n, sizeof text - n)) > 0) n += part;
		if (n && !text[0]) _exit(0);
		if (write(2, n ? text : "mount.nfs: ended unexpectedly\n", n ? n : 30) < 0) {}
		_exit(32);
	}
	status_fd = fds[1];
	setsid();
	if (chdir("/")) {}
	/* A kubelet waits until everything it may read from is closed. */
	int null = open("/dev/null", O_RDWR);
	for (int fd = 0; fd < 3; fd++) dup2(null, fd);
	for (int fd = 3; fd < 1024; fd++)
		if (fd != status_fd) close(fd);
}

int main(int argc, char **argv) {
	char *positional[2] = {0}, *environment = getenv("BERTH_NFS_FAULTS");
	int positionals = 0;
	bool foreground = false;
	options.fault_file = environment;
	fuse_options = strdup("allow_other,default_permissions,subtype=nfs");
	for (int i = 1; i < argc; i++) {
		if (argv[i][0] != '-' && positionals < 2) {
			positional[positionals++] = argv[i];
			continue;
		}
		for (char *p = argv[i] + 1; *p; p++) {
			if (*p == 'o') {
				char *list = p[1] ? p + 1 : i + 1 < argc ? argv[++i] : "";
				read_options(strdup(list));
				break;
			}
			if (*p == 'r') options.read_only = true;
			if (*p == 'F') foreground = true;
			if (*p == 't' || *p == 'N') {
				i++;
				break;
			} /* -s, -v, -n, -w: nothing to do */
		}
	}
	if (positionals < 2) fail("usage: mount.nfs SERVER:/PATH TARGET [-o OPTIONS]");
	char *source = strdup(positional[0]), target[4096], name[4096];
	snprintf(name, sizeof name, "fsname=%s", source);
	add_fuse_option(name);
	read_source(source);
	/* Before mounting: afterwards it would ask this process. */
	if (!realpath(positional[1], target)) fail("%s: %s", positional[1], strerror(errno));

	if (!foreground) to_background();
	umask(0);
	signal(SIGPIPE, SIG_IGN);
	signal(SIGHUP, SIG_IGN);
	signal(SIGTERM, on_signal);
	signal(SIGINT, on_signal);

	char handle[NFS3_FHSIZE], error[300];
	uint32_t length;
	if (!net_mount(handle, &length, error, sizeof error)) fail("%s", error);
	root = node_get(handle, length);

	char sized[32];
	snprintf(sized, sizeof sized, "max_read=%u", options.read_size); /* the kernel wants it here and in init */
	add_fuse_option(sized);
	if (options.read_only) add_fuse_option("ro");
	char *arguments[] = {"mount.nfs", "-o", fuse_options, NULL};
	struct fuse_args args = FUSE_ARGS_INIT(3, arguments);
	session = fuse_session_new(&args, &operations, sizeof operations, NULL);
	if (!session) fail("FUSE refuses %s", fuse_options);
	if (fuse_session_mount(session, target)) fail("mounting on %s failed", target);
	loop(target);
	drain();
	fuse_session_unmount(session);
	return 0;
}
