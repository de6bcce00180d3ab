/* mount.nfs in user space: an NFSv3 client as a FUSE file system, for machines whose kernel has none.
 *
 *   mount.c   options, mounting, the one loop that everything runs in
 *   net.c     connections and calls; a call is repeated until a server answers it
 *   file.c    what is known of each file; write-behind, COMMIT, recovery after a server's restart
 *   ops.c     the file system's operations
 *
 * There is one thread. A request of the kernel becomes a call, and the call's answer the reply: nothing waits. */
#define _GNU_SOURCE
#define _FILE_OFFSET_BITS 64
#define FUSE_USE_VERSION 314
#include <errno.h>
#include <fcntl.h>
#include <fuse_lowlevel.h>
#include <nfsc/libnfs-zdr.h>
#include <nfsc/libnfs.h>
#include <nfsc/libnfs-raw.h>
#include <nfsc/libnfs-raw-mount.h>
#include <nfsc/libnfs-raw-nfs.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <time.h>
#include <unistd.h>

#define MIB (1u << 20)
#define MAX_CONNECTIONS 16

struct options {
	char server[64];    /* address in numbers */
	const char *path;
	int version;        /* as asked for: version 4 is accepted, and spoken as 3 */
	int nfs_port, mount_port;
	int connections;
	uint32_t read_size, write_size;
	double attribute_seconds;
	bool soft, close_to_open, read_only, synchronous;
	double timeout_seconds;
	int retries;
	int read_ahead_kib;
	const char *fault_file;
};
extern struct options options;
extern struct fuse_session *session;

double now(void);
void *allocate(size_t size); /* zeroed; never NULL */

/* ---- net.c ---- */

struct credentials { uint32_t uid, gid, groups, group[16]; };

/* One request to the server. Embed it, fill in send and done, and start it. */
struct call {
	struct call *next;
	struct call *next_sent, **sent_at; /* among those on their way on its connection; sent_at: what points at it, NULL if none does */
	struct credentials who;
	/* Queues the request on a connection; not 0 if that failed. May be called again after a connection was lost. */
	int (*send)(struct rpc_context *rpc, struct call *call, rpc_cb reply);
	/* The server's answer; NULL when a soft mount has given up. */
	void (*done)(struct call *call, void *result);
	bool repeated;      /* an earlier try may have reached the server */
	int refusals;       /* how often the server wouldn't even look at it */
	double started;
};
void call_start(struct call *call);

bool net_mount(char *handle, uint32_t *length, char *error, size_t error_size); /* MNT, FSINFO and the connections */
int net_prepare_poll(struct pollfd *fds);                     /* how many it filled in */
void net_after_poll(const struct pollfd *fds);
bool net_busy(void);                                          /* a call has no answer yet */
extern unsigned net_generation;                               /* counts lost connections */

/* ---- file.c ---- */

struct operation;
struct extent;

struct node {
	struct node *next;
	uint64_t lookups;           /* references of the kernel */
	uint32_t opens, references; /* references of open files and of what is on its way */
	char *silly_name;           /* removed while open: what it is called until it is closed */
	struct node *silly_parent;

	struct extent *gathering;   /* contiguous data, not sent yet */
	struct extent *kept, *last; /* sent, and kept until a COMMIT says that the server has it on disk; oldest first */
	uint32_t unanswered;        /* WRITEs and COMMITs on their way */
	uint64_t unanswered_bytes;
	uint64_t unanswered_end;    /* no WRITE on its way reaches further */
	uint64_t end;               /* end of what was written here: the server may not know it yet */
	bool recovering;            /* kept data is being sent again */
	bool lost;                  /* the server may have forgotten kept data */
	bool has_verifier;
	char verifier[NFS3_WRITEVERFSIZE];
	int error;                  /* of an earlier write, for the next write, fsync or close */
	unsigned generation;        /* net_generation when data was first kept */
	struct operation *waiting;  /* for everything sent before them; oldest first */
	struct operation *throttled;/* writers that are too far ahead of the server */
	struct node *next_dirty;
	bool dirty;                 /* on the list of files with data gathering or kept */

	uint32_t hash, length;
	char handle[NFS3_FHSIZE];
};
extern struct node *root;
extern uint64_t open_files;

/* A request of the kernel on its way through the server. */
struct operation {
	struct call call; /* first: a call of an operation is the operation */
	fuse_req_t request;
	struct node *node, *parent;
	char *name, *name2;
	size_t size, done;
	off_t offset;
	char *data;
	struct fuse_file_info *file, file_copy;
	sattr3 attributes;
	int how;
	struct operation *next;
	void (*then)(struct operation *), (*finally)(struct operation *);
	char verifier[NFS3_CREATEVERFSIZE];
	struct node *target;
};

struct node *node_get(const char *handle, uint32_t length);
struct node *node_find(const char *handle, uint32_t length);
void node_put(struct node *node, uint64_t lookups);
struct node *node_of(fuse_ino_t ino);
fuse_ino_t ino_of(struct node *node);
nfs_fh3 handle_of(struct node *node);

int error_of(nfsstat3 status);
void to_stat(struct node *node, const fattr3 *attributes, struct stat *stat);

/* Runs then(operation) when all that was written to its file before has reached the server, in the order of the calls. */
void when_sent(struct operation *operation, void (*then)(struct operation *));
/* Runs then(operation) when it is on the server's disk too, so that none of it will ever be sent again. */
void when_committed(struct operation *operation, void (*then)(struct operation *));
void file_write(struct operation *operation); /* write-behind: replies at once, or when the writer may go on */
void file_sync(struct operation *operation);  /* then replies with the first error of the writes before */
bool files_tick(bool all); /* sends what has been held back for long, or all of it; whether a file has something unconfirmed */

/* ---- ops.c ---- */

struct operation *operation_new(fuse_req_t request, fuse_ino_t ino);
void operation_end(struct operation *operation, int error); /* replies with the error (0: none) and frees it */
void operation_free(struct operation *operation);
extern const struct fuse_lowlevel_ops operations;
