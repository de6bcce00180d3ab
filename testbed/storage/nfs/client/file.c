/* What is known of each file, and how its data gets to the server.
 *
 * Written data is gathered to extents of up to write_size, which are sent as unstable WRITEs. An extent is kept until a
 * COMMIT with the same verifier as its WRITE's says that the server has it on disk. Another verifier means that the
 * server was restarted and may have forgotten what it had not on disk: then all that is kept is sent again. */
#include "nfs.h"

#define UNANSWERED_LIMIT (16 * MIB)  /* of one file, before its writer has to wait */
#define KEPT_LIMIT (128ull * MIB)    /* of all files, before a COMMIT that nobody asked for */
#define GATHER_SECONDS 1.0           /* how long data is held back in the hope for more */
#define BUCKETS 65536

struct extent {
	struct call call; /* first */
	struct extent *next;
	struct node *node;
	uint64_t offset;
	uint32_t length, sent; /* sent: bytes that the server has taken, when it takes less than all */
	bool answered;
	bool committing;       /* a COMMIT sent after its answer is on its way */
	bool again;            /* to be sent again */
	double begun;
	char data[];
};

struct node *root;
uint64_t open_files;
static struct node *buckets[BUCKETS];
static struct node *dirty_files;
static uint64_t kept_bytes;

static uint32_t hash(const char *p, uint32_t n) {
	uint32_t h = 2166136261u;
	while (n--) h = (h ^ (uint8_t)*p++) * 16777619u;
	return h;
}

struct node *node_find(const char *handle, uint32_t length) {
	uint32_t h = hash(handle, length);
	for (struct node *n = buckets[h % BUCKETS]; n; n = n->next)
		if (n->hash == h && n->length == length && !memcmp(n->handle, handle, length)) return n;
	return NULL;
}

struct node *node_get(const char *handle, uint32_t length) {
	struct node *n = node_find(handle, length);
	if (n) return n;
	n = allocate(sizeof *n);
	n->hash = hash(handle, length);
	n->length = length;
	memcpy(n->handle, handle, length);
	n->next = buckets[n->hash % BUCKETS];
	return buckets[n->hash % BUCKETS] = n;
}

void node_put(struct node *node, uint64_t lookups) {
	node->lookups -= lookups < node->lookups ? lookups : node->lookups;
	if (node->lookups || node->opens || node->references || node->dirty || node == root) return;
	struct node **p = &buckets[node->hash % BUCKETS];
	while (*p != node) p = &(*p)->next;
	*p = node->next;
	free(node);
}

struct node *node_of(fuse_ino_t ino) { return ino == FUSE_ROOT_ID ? root : (struct node *)(uintptr_t)ino; }
fuse_ino_t ino_of(struct node *node) { return node == root ? FUSE_ROOT_ID : (fuse_ino_t)(uintptr_t)node; }
nfs_fh3 handle_of(struct node *node) { return (nfs_fh3){.data = {node->length, node->handle}}; }

int error_of(nfsstat3 status) {
	switch (status) {
	case NFS3_OK: return 0;
	case NFS3ERR_PERM: return EPERM;
	case NFS3ERR_NOENT: return ENOENT;
	case NFS3ERR_NXIO: return ENXIO;
	case NFS3ERR_ACCES: return EACCES;
	case NFS3ERR_EXIST: return EEXIST;
	case NFS3ERR_XDEV: return EXDEV;
	case NFS3ERR_NODEV: return ENODEV;
	case NFS3ERR_NOTDIR: return ENOTDIR;
	case NFS3ERR_ISDIR: return EISDIR;
	case NFS3ERR_INVAL: return EINVAL;
	case NFS3ERR_FBIG: return EFBIG;
	case NFS3ERR_NOSPC: return ENOSPC;
	case NFS3ERR_ROFS: return EROFS;
	case NFS3ERR_MLINK: return EMLINK;
	case NFS3ERR_NAMETOOLONG: return ENAMETOOLONG;
	case NFS3ERR_NOTEMPTY: return ENOTEMPTY;
	case NFS3ERR_DQUOT: return EDQUOT;
	case NFS3ERR_STALE: case NFS3ERR_BADHANDLE: return ESTALE;
	case NFS3ERR_NOTSUPP: return EOPNOTSUPP;
	default: return EIO;
	}
}

void to_stat(struct node *node, const fattr3 *a, struct stat *s) {
	static const mode_t types[8] = {0, S_IFREG, S_IFDIR, S_IFBLK, S_IFCHR, S_IFLNK, S_IFSOCK, S_IFIFO};
	*s = (struct stat){
		.st_ino = a->fileid, .st_mode = types[a->type & 7] | (a->mode & 07777), .st_nlink = a->nlink, .st_uid = a->uid,
		.st_gid = a->gid, .st_size = a->size, .st_blocks = (a->used + 511) / 512, .st_blksize = MIB,
		.st_rdev = makedev(a->rdev.specdata1, a->rdev.specdata2),
		.st_atim = {a->atime.seconds, a->atime.nseconds}, .st_mtim = {a->mtime.seconds, a->mtime.nseconds},
		.st_ctim = {a->ctime.seconds, a->ctime.nseconds}};
	/* Data that the server hasn't got yet counts. */
	if (node && (node->opens || node->dirty) && (uint64_t)s->st_size < node->end) s->st_size = node->end;
}

/* ---- writing ---- */

static void advance(struct node *node);

static void make_dirty(struct node *node) {
	if (node->dirty) return;
	node->dirty = true;
	node->generation = net_generation;
	node->next_dirty = dirty_files;
	dirty_files = node;
}

static int send_write(struct rpc_context *rpc, struct call *call, rpc_cb reply) {
	struct extent *e = (struct extent *)call;
	uint32_t rest = e->length - e->sent;
	WRITE3args args = {.file = handle_of(e->node), .offset = e->offset + e->sent, .count = rest, .stable = UNSTABLE,
		.data = {rest, e->data + e->sent}};
	return rpc_nfs3_write_async(rpc, reply, &args, call);
}

static void saw_verifier(struct node *node, const char *verifier) {
	if (node->has_verifier && memcmp(node->verifier, verifier, NFS3_WRITEVERFSIZE)) node->lost = true;
	memcpy(node->verifier, verifier, NFS3_WRITEVERFSIZE);
	node->has_verifier = true;
}

static void forget_extent(struct node *node, struct extent *e) {
	struct extent *before = NULL;
	for (struct extent *k = node->kept; k != e; k = k->next) before = k;
	*(before ? &before->next : &node->kept) = e->next;
	if (node->last == e) node->last = before;
	kept_bytes -= e->length;
	free(e);
}

static void write_done(struct call *call, void *data) {
	struct extent *e = (struct extent *)call;
	struct node *node = e->node;
	WRITE3res *result = data;
	int error = result ? error_of(result->status) : EIO;
	uint32_t count = error ? 0 : result->WRITE3res_u.resok.count;
	if (!error) {
		saw_verifier(node, result->WRITE3res_u.resok.verf);
		e->sent += count;
		if (e->sent < e->length) {
			if (count) {
				call_start(call);
				return;
			}
			error = EIO;
		}
	}
	node->unanswered--;
	node->unanswered_bytes -= e->length;
	if (!node->unanswered_bytes) node->unanswered_end = 0;
	e->answered = true;
	if (error) {
		node->error = error;
		forget_extent(node, e);
	}
	advance(node);
}

static void start_write(struct extent *e) {
	e->answered = false;
	e->again = false;
	e->sent = 0;
	e->node->unanswered++;
	e->node->unanswered_bytes += e->length;
	if (e->node->unanswered_end < e->offset + e->length) e->node->unanswered_end = e->offset + e->length;
	call_start(&e->call);
}

static void send_gathered(struct node *node) {
	struct extent *e = node->gathering;
	if (!e) return;
	node->gathering = NULL;
	*(node->kept ? &node->last->next : &node->kept) = e;
	node->last = e;
	kept_bytes += e->length;
	start_write(e);
}

/* Whether data could overtake, on another connection, older data of the same place. */
static bool conflicts(struct node *node, uint64_t offset, size_t size) {
	struct extent *g = node->gathering;
	if (g && offset < g->offset + g->length && g->offset < offset + size) return true;
	if (offset >= node->unanswered_end) return false; /* the usual writer, who goes forward and doesn't have to look */
	for (struct extent *e = node->kept; e; e = e->next)
		if (!e->answered && offset < e->offset + e->length && e->offset < offset + size) return true;
	return false;
}

static void gather(struct node *node, const struct credentials *who, const char *data, uint64_t offset, size_t size) {
	struct extent *g = node->gathering;
	if (g && (offset != g->offset + g->length || memcmp(&g->call.who, who, sizeof *who))) send_gathered(node);
	make_dirty(node);
	if (node->end < offset + size) node->end = offset + size;
	while (size) {
		if (!(g = node->gathering)) {
			g = node->gathering = malloc(sizeof *g + options.write_size);
			if (!g) abort();
			*g = (struct extent){.call = {.who = *who, .send = send_write, .done = write_done}, .node = node, .offset = offset, .begun = now()};
		}
		size_t part = options.write_size - g->length < size ? options.write_size - g->length : size;
		memcpy(g->data + g->length, data, part);
		g->length += part;
		data += part;
		offset += part;
		size -= part;
		if (g->length == options.write_size) send_gathered(node);
	}
}

static bool may_go_on(struct node *node) {
	return node->unanswered_bytes < UNANSWERED_LIMIT && kept_bytes < KEPT_LIMIT;
}

static void write_now(struct operation *o) {
	struct node *node = o->node;
	if (node->error) {
		int error = node->error;
		node->error = 0;
		operation_end(o, error);
		return;
	}
	gather(node, &o->call.who, o->data, o->offset, o->size);
	if (may_go_on(node)) {
		fuse_reply_write(o->request, o->size);
		operation_free(o);
		return;
	}
	o->next = node->throttled;
	node->throttled = o;
	advance(node);
}

static void commit_then(struct operation *o);
static void sync_now(struct operation *o);

static void wait_in_front(struct operation *o, void (*then)(struct operation *)) {
	o->then = then;
	o->next = o->node->waiting;
	o->node->waiting = o;
}

static void write_through(struct operation *o) {
	gather(o->node, &o->call.who, o->data, o->offset, o->size);
	o->finally = sync_now;
	wait_in_front(o, commit_then);
}

void file_write(struct operation *o) {
	struct node *node = o->node;
	if (o->how) {
		make_dirty(node);
		when_sent(o, write_through);
	} else if (node->waiting || node->recovering || conflicts(node, o->offset, o->size)) {
		when_sent(o, write_now);
	} else {
		write_now(o);
	}
}

/* ---- COMMIT and recovery ---- */

struct commit { struct call call; struct node *node; };

static int send_commit(struct rpc_context *rpc, struct call *call, rpc_cb reply) {
	COMMIT3args args = {.file = handle_of(((struct commit *)call)->node)};
	return rpc_nfs3_commit_async(rpc, reply, &args, call);
}

static void commit_done(struct call *call, void *data) {
	struct node *node = ((struct commit *)call)->node;
	COMMIT3res *result = data;
	int error = result ? error_of(result->status) : EIO;
	free(call);
	node->unanswered--;
	if (!error) saw_verifier(node, result->COMMIT3res_u.resok.verf);
	else node->error = error;
	for (struct extent *e = node->kept, *next; e; e = next) {
		next = e->next;
		if (!e->committing) continue;
		e->committing = false;
		if (error || !node->lost) forget_extent(node, e);
	}
	advance(node);
}

static void commit(struct node *node) {
	struct commit *c = allocate(sizeof *c);
	c->call = (struct call){.who = node->kept->call.who, .send = send_commit, .done = commit_done};
	c->node = node;
	for (struct extent *e = node->kept; e; e = e->next) e->committing = e->answered;
	node->unanswered++;
	call_start(&c->call);
}

/* Sends kept data again, one extent after the other: where they overlap, the later one has to win. */
static void recover(struct node *node) {
	for (struct extent *e = node->kept; e; e = e->next) {
		if (e->again) {
			start_write(e);
			return;
		}
	}
	node->recovering = false;
}

static void begin_recovery(struct node *node) {
	node->lost = node->has_verifier = false;
	node->recovering = true;
	node->generation = net_generation;
	for (struct extent *e = node->kept; e; e = e->next) e->again = true;
	recover(node);
}

/* Answers fsync, close, or a write that had to reach the disk. */
static void sync_now(struct operation *o) {
	int error = o->node->error;
	o->node->error = 0;
	if (error || !o->size) {
		operation_end(o, error);
	} else {
		fuse_reply_write(o->request, o->size);
		operation_free(o);
	}
}

static void commit_then(struct operation *o) {
	if (!o->node->kept) {
		o->finally(o);
		return;
	}
	commit(o->node);
	wait_in_front(o, commit_then); /* the others wait for this one, and it for the COMMIT */
}

void when_committed(struct operation *o, void (*then)(struct operation *)) {
	o->finally = then;
	when_sent(o, commit_then);
}

void file_sync(struct operation *o) { when_committed(o, sync_now); }

/* ---- what comes next for a file ---- */

void when_sent(struct operation *o, void (*then)(struct operation *)) {
	struct node *node = o->node;
	if (!node->dirty) {
		then(o);
		return;
	}
	o->then = then;
	o->next = NULL;
	struct operation **p = &node->waiting;
	while (*p) p = &(*p)->next;
	*p = o;
	advance(node);
}

static void advance(struct node *node) {
	/* Called again by what it starts; only the outermost call works, in a loop. */
	static struct node *busy;
	if (busy == node) return;
	struct node *outer = busy;
	busy = node;
	node->references++;
	for (;;) {
		struct operation *o = node->throttled;
		bool full = o && kept_bytes >= KEPT_LIMIT;
		if (o && may_go_on(node)) {
			node->throttled = o->next;
			fuse_reply_write(o->request, o->size);
			operation_free(o);
		} else if (node->recovering) {
			if (node->unanswered) break;
			if (node->lost) begin_recovery(node); /* restarted once more */
			else recover(node);
		} else if (!node->waiting && !full) {
			break;
		} else if (node->gathering) {
			send_gathered(node);
		} else if (node->unanswered) {
			break;
		} else if (node->kept && (node->lost || node->generation != net_generation)) {
			begin_recovery(node);
		} else if ((o = node->waiting)) {
			node->waiting = o->next;
			o->next = NULL;
			o->then(o);
		} else if (node->kept) {
			commit(node);
		} else {
			break; /* what is kept is another file's: files_tick sees to it */
		}
	}
	node->references--;
	busy = outer;
}

bool files_tick(bool all) {
	double t = now();
	for (struct node **p = &dirty_files, *n; (n = *p);) {
		if (n->gathering && (all || t - n->gathering->begun > GATHER_SECONDS)) send_gathered(n);
		/* A writer waits, maybe for what another file keeps. */
		if ((all || kept_bytes >= KEPT_LIMIT) && n->kept && !n->unanswered && !n->recovering) {
			if (n->lost || n->generation != net_generation) begin_recovery(n);
			else commit(n);
		}
		if (n->throttled || n->waiting) advance(n);
		if (!n->gathering && !n->kept && !n->unanswered && !n->waiting && !n->throttled) {
			*p = n->next_dirty;
			n->dirty = n->lost = n->has_verifier = false;
			n->end = 0; /* the server knows by now */
			node_put(n, 0);
		} else {
			p = &n->next_dirty;
		}
	}
	return dirty_files;
}
