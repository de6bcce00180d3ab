/* Connections and calls.
 *
 * libnfs repeats a lost connection once, on its own terms. Here a connection that is lost, or that has gone silent
 * while a fresh one to the same server works, is thrown away with its context, and its calls are sent again on the
 * next. So a server may be away for any time ("hard"), and may come back at another place behind the same service
 * address, where the old connection leads nowhere. */
#include "nfs.h"

/* Exported by libnfs 4.0, in no header. */
void rpc_set_autoreconnect(struct rpc_context *rpc, int retries);
void rpc_set_timeout(struct rpc_context *rpc, int milliseconds);

#define SILENT_SECONDS 5.0  /* after this long without an answer a connection is asked whether it lives */
#define PORTMAPPER 100000
#define RETRY_SECONDS 0.5
#define CONNECT_SECONDS 5.0
#define REFUSALS_LIMIT 5    /* of one call, RETRY_SECONDS apart, before it has failed */

struct connection {
	struct rpc_context *rpc;    /* the one in use, or being set up; NULL: none */
	bool up;
	struct rpc_context *fresh;  /* a second one, tried while the first is silent */
	bool fresh_up, pinged;
	uint32_t unanswered;
	struct call *sent;          /* the calls on their way */
	double heard, tried, fresh_tried;
	struct credentials who;     /* as last set on rpc */
	bool has_credentials;
};
static struct connection connections[MAX_CONNECTIONS];
static struct call *waiting, **waiting_end = &waiting; /* for a connection */
static struct call *later; /* told by the server to come again */
static struct call *refused; /* came back with an error of the protocol below NFS: of the server, or of a connection that is lost */
static unsigned on_their_way;
unsigned net_generation;

static void wait_for_connection(struct call *call) {
	call->next = NULL;
	*waiting_end = call;
	waiting_end = &call->next;
}

static struct connection *connection_of(struct rpc_context *rpc) {
	for (int i = 0; i < options.connections; i++)
		if (connections[i].rpc == rpc) return &connections[i];
	return NULL;
}

static void finish(struct call *call, void *result) {
	on_their_way--;
	call->done(call, result);
}

bool net_busy(void) { return on_their_way; }

static void reply(struct rpc_context *rpc, int status, void *data, void *private) {
	struct call *call = private;
	struct connection *c = connection_of(rpc);
	if (call->sent_at) {
		if ((*call->sent_at = call->next_sent)) call->next_sent->sent_at = call->sent_at;
		call->sent_at = NULL;
	}
	if (c) {
		c->unanswered--;
		c->pinged = false;
		c->heard = now();
	}
	if (status == RPC_STATUS_SUCCESS && *(nfsstat3 *)data == NFS3ERR_JUKEBOX) { /* "try again later" */
		call->next = later;
		later = call;
	} else if (status == RPC_STATUS_SUCCESS) {
		finish(call, data);
	} else if (status == RPC_STATUS_ERROR) {
		call->next = refused;
		refused = call;
	} else {
		call->repeated = true;
		wait_for_connection(call);
	}
}

/* A server that is there and refuses, by the credentials say, gets another try or some: it may be starting. */
static void settle_refused(bool connection_lives) {
	struct call *list = refused;
	refused = NULL;
	for (struct call *call = list, *next; call; call = next) {
		next = call->next;
		if (!connection_lives) {
			call->repeated = true;
			wait_for_connection(call);
		} else if (call->refusals++ < REFUSALS_LIMIT) {
			call->next = later;
			later = call;
		} else {
			finish(call, NULL);
		}
	}
}

static bool send_on(struct connection *c, struct call *call) {
	if (!c->has_credentials || memcmp(&c->who, &call->who, sizeof c->who)) {
		c->has_credentials = true;
		c->who = call->who;
		/* libnfs frees the one it had. */
		rpc_set_auth(c->rpc, libnfs_authunix_create("berth", call->who.uid, call->who.gid, call->who.groups, call->who.group));
	}
	if (call->send(c->rpc, call, reply)) return false;
	if ((call->next_sent = c->sent)) c->sent->sent_at = &call->next_sent;
	call->sent_at = &c->sent;
	c->sent = call;
	if (!c->unanswered++) c->heard = now();
	return true;
}

static struct connection *next_up(void) {
	static int turn;
	for (int i = 0; i < options.connections; i++) {
		struct connection *c = &connections[turn++ % options.connections];
		if (c->up) return c;
	}
	return NULL;
}

void call_start(struct call *call) {
	call->started = now();
	call->refusals = 0;
	on_their_way++;
	struct connection *c = next_up();
	if (!c || !send_on(c, call)) wait_for_connection(call);
}

static void send_waiting(void) {
	struct call *list = waiting;
	waiting = NULL;
	waiting_end = &waiting;
	for (struct call *next; list; list = next) {
		next = list->next;
		struct connection *c = next_up();
		if (!c || !send_on(c, list)) wait_for_connection(list);
	}
}

static bool too_old(const struct call *call) { return now() - call->started > options.timeout_seconds * (options.retries + 1); }

static bool one_is_too_old(const struct connection *c) {
	for (const struct call *call = c->sent; call; call = call->next_sent)
		if (too_old(call)) return true;
	return false;
}

/* A soft mount gives up on calls that are too old. */
static void give_up(void) {
	struct call *list = waiting;
	waiting = NULL;
	waiting_end = &waiting;
	for (struct call *next; list; list = next) {
		next = list->next;
		if (too_old(list)) finish(list, NULL);
		else wait_for_connection(list);
	}
}

static void connected(struct rpc_context *rpc, int status, void *data, void *private) {
	(void)data;
	struct connection *c = private;
	if (status != RPC_STATUS_SUCCESS) return; /* found by the time that has passed */
	if (c->rpc == rpc && !c->up) c->up = true;
	else if (c->fresh == rpc) c->fresh_up = true;
	c->heard = now();
}

static struct rpc_context *new_rpc(void) {
	struct rpc_context *rpc = rpc_init_context();
	rpc_set_autoreconnect(rpc, 0);
	rpc_set_timeout(rpc, -1);
	return rpc;
}

/* Ends with a NULL call's answer, so that a stopped server, whose kernel still accepts, doesn't count as connected. */
static struct rpc_context *connect_nfs(struct connection *c) {
	struct rpc_context *rpc = new_rpc();
	if (rpc_connect_port_async(rpc, options.server, options.nfs_port, NFS_PROGRAM, NFS_V3, connected, c)) {
		rpc_destroy_context(rpc);
		return NULL;
	}
	return rpc;
}

/* Its calls come back to reply() as cancelled and wait for the next connection. */
static void drop(struct connection *c) {
	struct rpc_context *rpc = c->rpc;
	if (c->up) net_generation++;
	c->rpc = NULL;
	c->up = c->pinged = c->has_credentials = false;
	c->unanswered = 0;
	if (rpc) rpc_destroy_context(rpc);
}

static void drop_fresh(struct connection *c) {
	if (c->fresh) rpc_destroy_context(c->fresh);
	c->fresh = NULL;
	c->fresh_up = false;
}

static void pong(struct rpc_context *rpc, int status, void *data, void *private) {
	(void)data; (void)private;
	struct connection *c = connection_of(rpc);
	if (c && status == RPC_STATUS_SUCCESS) {
		c->pinged = false;
		c->heard = now();
	}
}

static void look_after(struct connection *c) {
	double t = now();
	if (!c->rpc) {
		if (t - c->tried < RETRY_SECONDS) return;
		c->tried = t;
		c->rpc = connect_nfs(c);
		return;
	}
	if (!c->up) {
		if (t - c->tried > CONNECT_SECONDS) drop(c);
		return;
	}
	if (c->fresh_up) {
		struct rpc_context *fresh = c->fresh;
		c->fresh = NULL;
		c->fresh_up = false;
		drop(c);
		c->rpc = fresh;
		c->up = true;
		c->heard = t;
		return;
	}
	/* Also when others are answered, and when the server says that it lives. */
	if (options.soft && one_is_too_old(c)) {
		drop(c); /* so that its calls come back */
		return;
	}
	if (!c->unanswered || t - c->heard < SILENT_SECONDS) {
		drop_fresh(c);
		return;
	}
	/* A server that only takes long answers this on the same connection. */
	if (!c->pinged) {
		c->pinged = rpc_nfs3_null_async(c->rpc, pong, NULL) == 0;
		c->fresh_tried = t;
		return;
	}
	if (c->fresh && t - c->fresh_tried > CONNECT_SECONDS) drop_fresh(c);
	if (!c->fresh && t - c->fresh_tried > 1) {
		c->fresh_tried = t;
		c->fresh = connect_nfs(c);
	}
}

static void add_fd(struct pollfd *fds, int *n, struct rpc_context *rpc) {
	fds[*n] = (struct pollfd){.fd = rpc ? rpc_get_fd(rpc) : -1, .events = rpc ? rpc_which_events(rpc) : 0};
	(*n)++;
}

int net_prepare_poll(struct pollfd *fds) {
	int n = 0;
	for (int i = 0; i < options.connections; i++) {
		add_fd(fds, &n, connections[i].rpc);
		add_fd(fds, &n, connections[i].fresh);
	}
	return n;
}

/* False when the connection is lost. */
static bool service(struct rpc_context *rpc, int fd, int events) {
	if (!rpc || fd < 0 || !events) return true;
	char c;
	ssize_t n = recv(fd, &c, 1, MSG_PEEK | MSG_DONTWAIT);
	bool open = n > 0 || (n < 0 && (errno == EAGAIN || errno == EINTR || errno == ENOTCONN));
	/* A connection on its way reports errors to libnfs, which takes the server's next address for it. */
	if (!open || events & (POLLERR | POLLHUP)) return false;
	return rpc_service(rpc, events) == 0 && rpc_get_fd(rpc) == fd;
}

void net_after_poll(const struct pollfd *fds) {
	bool any_up = false;
	for (int i = 0; i < options.connections; i++) {
		struct connection *c = &connections[i];
		struct rpc_context *rpc = c->rpc, *fresh = c->fresh;
		if (rpc && !service(rpc, fds[2 * i].fd, fds[2 * i].revents) && c->rpc == rpc) drop(c);
		if (fresh && c->fresh == fresh && !service(fresh, fds[2 * i + 1].fd, fds[2 * i + 1].revents)) drop_fresh(c);
		look_after(c);
		any_up |= c->up;
		/* What the requests just handled have queued goes out now, not after the next poll. */
		if (c->up && rpc_which_events(c->rpc) & POLLOUT) {
			struct pollfd p = {.fd = rpc_get_fd(c->rpc), .events = POLLOUT};
			if (poll(&p, 1, 0) == 1 && p.revents == POLLOUT && rpc_service(c->rpc, POLLOUT)) drop(c);
		}
		settle_refused(rpc && c->rpc == rpc);
	}
	static double looked_later;
	if (later && now() - looked_later > RETRY_SECONDS) {
		looked_later = now();
		for (struct call *next; later; later = next) {
			next = later->next;
			wait_for_connection(later);
		}
	}
	if (waiting && options.soft) give_up();
	if (waiting && any_up) send_waiting();
}

/* ---- mounting: the only place that waits ---- */

struct answer { bool done; int status; char *error; uint32_t number; uint32_t length; char handle[NFS3_FHSIZE]; };

static void run_until(struct rpc_context *rpc, struct answer *a) {
	double end = now() + 30;
	while (!a->done && now() < end) {
		struct pollfd p = {.fd = rpc_get_fd(rpc), .events = rpc_which_events(rpc)};
		if (poll(&p, 1, 100) < 0 && errno != EINTR) break;
		if (p.revents && rpc_service(rpc, p.revents)) break;
	}
	if (!a->done) a->status = RPC_STATUS_TIMEOUT;
}

static void on_connect(struct rpc_context *rpc, int status, void *data, void *private) {
	(void)rpc; (void)data;
	struct answer *a = private;
	a->done = true;
	a->status = status;
}

static void on_port(struct rpc_context *rpc, int status, void *data, void *private) {
	on_connect(rpc, status, data, private);
	if (status == RPC_STATUS_SUCCESS) ((struct answer *)private)->number = *(uint32_t *)data;
}

static void on_mount(struct rpc_context *rpc, int status, void *data, void *private) {
	struct answer *a = private;
	on_connect(rpc, status, data, private);
	if (status != RPC_STATUS_SUCCESS) return;
	mountres3 *result = data;
	a->number = result->fhs_status;
	if (a->number) return;
	a->length = result->mountres3_u.mountinfo.fhandle.fhandle3_len;
	if (a->length > sizeof a->handle) a->length = 0;
	memcpy(a->handle, result->mountres3_u.mountinfo.fhandle.fhandle3_val, a->length);
}

static void on_fsinfo(struct rpc_context *rpc, int status, void *data, void *private) {
	struct answer *a = private;
	on_connect(rpc, status, data, private);
	FSINFO3res *result = data;
	if (status != RPC_STATUS_SUCCESS || result->status) return;
	FSINFO3resok *ok = &result->FSINFO3res_u.resok;
	if (ok->rtmax && ok->rtmax < options.read_size) options.read_size = ok->rtmax;
	if (ok->wtmax && ok->wtmax < options.write_size) options.write_size = ok->wtmax;
	a->number = 1;
}

/* Connects to a program on a port; NULL if that failed. */
static struct rpc_context *connect_to(int port, int program, int version) {
	struct answer a = {0};
	struct rpc_context *rpc = new_rpc();
	if (!rpc_connect_port_async(rpc, options.server, port, program, version, on_connect, &a)) {
		run_until(rpc, &a);
		if (a.done && a.status == RPC_STATUS_SUCCESS) return rpc;
	}
	rpc_destroy_context(rpc);
	return NULL;
}

static int port_of(int program, int fallback) {
	struct answer a = {0};
	struct rpc_context *rpc = connect_to(111, PORTMAPPER, 2);
	if (rpc && !rpc_pmap2_getport_async(rpc, program, 3, IPPROTO_TCP, on_port, &a)) run_until(rpc, &a);
	if (rpc) rpc_destroy_context(rpc);
	return a.number ? (int)a.number : fallback;
}

bool net_mount(char *handle, uint32_t *length, char *error, size_t error_size) {
	if (!options.nfs_port) options.nfs_port = options.version >= 4 ? 2049 : port_of(NFS_PROGRAM, 2049);
	if (!options.mount_port) options.mount_port = port_of(MOUNT_PROGRAM, 20048);
	struct answer a = {0};
	struct rpc_context *rpc = connect_to(options.mount_port, MOUNT_PROGRAM, MOUNT_V3);
	if (!rpc) {
		snprintf(error, error_size, "no mount service at %s port %d", options.server, options.mount_port);
		return false;
	}
	if (!rpc_mount3_mnt_async(rpc, on_mount, (char *)options.path, &a)) run_until(rpc, &a);
	rpc_destroy_context(rpc);
	if (a.status != RPC_STATUS_SUCCESS || a.number || !a.length) {
		const char *why = a.number == 2 ? "No such file or directory" : a.number == 13 ? "access denied by server" : "refused by server";
		snprintf(error, error_size, "mounting %s:%s failed: %s", options.server, options.path, why);
		return false;
	}
	memcpy(handle, a.handle, *length = a.length);

	if (!(rpc = connect_to(options.nfs_port, NFS_PROGRAM, NFS_V3))) {
		snprintf(error, error_size, "no NFSv3 service at %s port %d", options.server, options.nfs_port);
		return false;
	}
	struct answer info = {0};
	FSINFO3args args = {.fsroot.data = {a.length, a.handle}};
	if (!rpc_nfs3_fsinfo_async(rpc, on_fsinfo, &args, &info)) run_until(rpc, &info);
	rpc_destroy_context(rpc);
	if (!info.number) {
		snprintf(error, error_size, "%s:%s: the server doesn't answer FSINFO", options.server, options.path);
		return false;
	}
	for (int i = 0; i < options.connections; i++) {
		connections[i].tried = now();
		connections[i].rpc = connect_nfs(&connections[i]);
	}
	return true;
}
