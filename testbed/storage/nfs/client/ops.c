/* The file system's operations: each makes one call of its request, and its reply of the call's answer. */
#include "nfs.h"

struct open_file { struct credentials who; bool synchronous; };
struct open_directory { char verifier[NFS3_COOKIEVERFSIZE]; };

/* ---- operations ---- */

/* A program that is killed while it reads doesn't have to wait for a server that is away; one that wrote does, at its end,
 * as with the kernel's client. Other signals don't interrupt: that is what "hard" promises. */
static void interrupted(fuse_req_t request, void *data) {
	(void)data;
	char path[64], line[256];
	unsigned long long own = 0, shared = 0;
	snprintf(path, sizeof path, "/proc/%d/status", (int)fuse_req_ctx(request)->pid);
	FILE *f = fopen(path, "re");
	while (f && fgets(line, sizeof line, f)) {
		sscanf(line, "SigPnd: %llx", &own);
		sscanf(line, "ShdPnd: %llx", &shared);
	}
	if (f) fclose(f);
	struct operation *o = data;
	if (((own | shared) >> (9 - 1) & 1) && o->request) {
		fuse_reply_err(request, EINTR);
		o->request = NULL; /* the answer, when it comes, is nobody's */
	}
}

struct operation *operation_new(fuse_req_t request, fuse_ino_t ino) {
	struct operation *o = allocate(sizeof *o);
	const struct fuse_ctx *context = fuse_req_ctx(request);
	o->request = request;
	o->node = node_of(ino);
	o->node->references++;
	o->call.who.uid = context->uid;
	o->call.who.gid = context->gid;
	if (context->uid) { /* root needs no groups, and asking for them costs a file in /proc */
		gid_t groups[64];
		int n = fuse_req_getgroups(request, 64, groups);
		for (int i = 0; i < n && i < 64 && o->call.who.groups < 16; i++)
			if (groups[i] != context->gid) o->call.who.group[o->call.who.groups++] = groups[i];
	}
	return o;
}

/* For requests that only read: they may be abandoned. */
static void interruptible(struct operation *o) { fuse_req_interrupt_func(o->request, interrupted, o); }

void operation_free(struct operation *o) {
	struct node *node = o->node, *parent = o->parent;
	free(o->name);
	free(o->name2);
	free(o->data);
	free(o);
	node->references--;
	node_put(node, 0);
	if (parent) {
		parent->references--;
		node_put(parent, 0);
	}
}

void operation_end(struct operation *o, int error) {
	if (o->request) fuse_reply_err(o->request, error);
	operation_free(o);
}

static void second_node(struct operation *o, fuse_ino_t ino) {
	o->parent = node_of(ino);
	o->parent->references++;
}

typedef int (*sender)(struct rpc_context *, struct call *, rpc_cb);
typedef void (*receiver)(struct call *, void *);

static void start(struct operation *o, sender send, receiver done) {
	o->call.send = send;
	o->call.done = done;
	o->call.repeated = false;
	call_start(&o->call);
}

/* The status is the first word of every NFSv3 answer. */
static int error_in(const void *result) { return result ? error_of(*(const nfsstat3 *)result) : EIO; }

#define OPERATION ((struct operation *)call)

static char *copy(const char *text) {
	char *c = strdup(text);
	if (!c) abort();
	return c;
}

static diropargs3 in_directory(struct node *directory, char *name) {
	return (diropargs3){.dir = handle_of(directory), .name = name};
}

/* ---- looking ---- */

static int send_getattr(struct rpc_context *rpc, struct call *call, rpc_cb reply) {
	GETATTR3args args = {.object = handle_of(OPERATION->node)};
	return rpc_nfs3_getattr_async(rpc, reply, &args, call);
}

static void reply_attributes(struct operation *o, const fattr3 *attributes) {
	struct stat s;
	to_stat(o->node, attributes, &s);
	if (o->request) fuse_reply_attr(o->request, &s, options.attribute_seconds);
	operation_free(o);
}

static void getattr_done(struct call *call, void *data) {
	GETATTR3res *result = data;
	int error = error_in(result);
	if (error) operation_end(OPERATION, error);
	else reply_attributes(OPERATION, &result->GETATTR3res_u.resok.obj_attributes);
}

static void op_getattr(fuse_req_t request, fuse_ino_t ino, struct fuse_file_info *file) {
	(void)file;
	struct operation *o = operation_new(request, ino);
	interruptible(o);
	start(o, send_getattr, getattr_done);
}

static struct open_file *open_file_new(struct operation *o, struct node *node, int flags) {
	struct open_file *f = allocate(sizeof *f);
	f->who = o->call.who;
	f->synchronous = options.synchronous || flags & O_DSYNC;
	node->opens++;
	open_files++;
	return f;
}

static void open_file_drop(struct node *node, struct open_file *f) {
	node->opens--;
	open_files--;
	free(f);
}

static void reply_entry(struct operation *o, const nfs_fh3 *handle, const fattr3 *attributes) {
	struct node *node = node_get(handle->data.data_val, handle->data.data_len);
	struct fuse_entry_param e = {.ino = ino_of(node), .attr_timeout = options.attribute_seconds, .entry_timeout = options.attribute_seconds};
	to_stat(node, attributes, &e.attr);
	node->lookups++;
	int unwanted = -ENOENT;
	if (o->request && o->file) {
		struct open_file *f = open_file_new(o, node, o->file_copy.flags);
		o->file_copy.fh = (uintptr_t)f;
		unwanted = fuse_reply_create(o->request, &e, &o->file_copy);
		if (unwanted == -ENOENT) open_file_drop(node, f);
	} else if (o->request) {
		unwanted = fuse_reply_entry(o->request, &e);
	}
	if (unwanted == -ENOENT) node_put(node, 1);
	operation_free(o);
}

static int send_lookup(struct rpc_context *rpc, struct call *call, rpc_cb reply) {
	LOOKUP3args args = {.what = in_directory(OPERATION->node, OPERATION->name)};
	return rpc_nfs3_lookup_async(rpc, reply, &args, call);
}

static void lookup_done(struct call *call, void *data) {
	LOOKUP3res *result = data;
	int error = error_in(result);
	LOOKUP3resok *ok = &result->LOOKUP3res_u.resok;
	if (!error && !ok->obj_attributes.attributes_follow) error = EIO;
	if (error) operation_end(OPERATION, error);
	else reply_entry(OPERATION, &ok->object, &ok->obj_attributes.post_op_attr_u.attributes);
}

static void op_lookup(fuse_req_t request, fuse_ino_t parent, const char *name) {
	struct operation *o = operation_new(request, parent);
	o->name = copy(name);
	interruptible(o);
	start(o, send_lookup, lookup_done);
}

static void op_forget(fuse_req_t request, fuse_ino_t ino, uint64_t lookups) {
	if (ino != FUSE_ROOT_ID) node_put(node_of(ino), lookups);
	fuse_reply_none(request);
}

static void op_forget_multi(fuse_req_t request, size_t count, struct fuse_forget_data *forgets) {
	for (size_t i = 0; i < count; i++)
		if (forgets[i].ino != FUSE_ROOT_ID) node_put(node_of(forgets[i].ino), forgets[i].nlookup);
	fuse_reply_none(request);
}

static int send_readlink(struct rpc_context *rpc, struct call *call, rpc_cb reply) {
	READLINK3args args = {.symlink = handle_of(OPERATION->node)};
	return rpc_nfs3_readlink_async(rpc, reply, &args, call);
}

static void readlink_done(struct call *call, void *data) {
	READLINK3res *result = data;
	int error = error_in(result);
	if (!error && OPERATION->request) {
		fuse_reply_readlink(OPERATION->request, result->READLINK3res_u.resok.data);
		operation_free(OPERATION);
	} else {
		operation_end(OPERATION, error);
	}
}

static void op_readlink(fuse_req_t request, fuse_ino_t ino) {
	struct operation *o = operation_new(request, ino);
	interruptible(o);
	start(o, send_readlink, readlink_done);
}

static int send_statfs(struct rpc_context *rpc, struct call *call, rpc_cb reply) {
	FSSTAT3args args = {.fsroot = handle_of(OPERATION->node)};
	return rpc_nfs3_fsstat_async(rpc, reply, &args, call);
}

static void statfs_done(struct call *call, void *data) {
	FSSTAT3res *result = data;
	int error = error_in(result);
	if (error || !OPERATION->request) {
		operation_end(OPERATION, error);
		return;
	}
	FSSTAT3resok *ok = &result->FSSTAT3res_u.resok;
	struct statvfs s = {.f_bsize = MIB, .f_frsize = 4096, .f_blocks = ok->tbytes >> 12, .f_bfree = ok->fbytes >> 12,
		.f_bavail = ok->abytes >> 12, .f_files = ok->tfiles, .f_ffree = ok->ffiles, .f_favail = ok->afiles, .f_namemax = 255};
	fuse_reply_statfs(OPERATION->request, &s);
	operation_free(OPERATION);
}

static void op_statfs(fuse_req_t request, fuse_ino_t ino) {
	struct operation *o = operation_new(request, ino ? ino : FUSE_ROOT_ID);
	interruptible(o);
	start(o, send_statfs, statfs_done);
}

/* ---- attributes ---- */

static int send_setattr(struct rpc_context *rpc, struct call *call, rpc_cb reply) {
	SETATTR3args args = {.object = handle_of(OPERATION->node), .new_attributes = OPERATION->attributes};
	return rpc_nfs3_setattr_async(rpc, reply, &args, call);
}

static void setattr_done(struct call *call, void *data) {
	SETATTR3res *result = data;
	int error = error_in(result);
	if (error) {
		operation_end(OPERATION, error);
		return;
	}
	post_op_attr *after = &result->SETATTR3res_u.resok.obj_wcc.after;
	if (after->attributes_follow) reply_attributes(OPERATION, &after->post_op_attr_u.attributes);
	else start(OPERATION, send_getattr, getattr_done);
}

static void setattr_now(struct operation *o) {
	if (o->attributes.size.set_it) o->node->end = 0;
	start(o, send_setattr, setattr_done);
}

static void op_setattr(fuse_req_t request, fuse_ino_t ino, struct stat *s, int set, struct fuse_file_info *file) {
	struct operation *o = operation_new(request, ino);
	/* Who may open a file for writing may truncate it through that descriptor, whoever he is by now. */
	if (file && file->fh) o->call.who = ((struct open_file *)(uintptr_t)file->fh)->who;
	sattr3 *a = &o->attributes;
	if (set & FUSE_SET_ATTR_MODE) { a->mode.set_it = 1; a->mode.set_mode3_u.mode = s->st_mode & 07777; }
	if (set & FUSE_SET_ATTR_UID) { a->uid.set_it = 1; a->uid.set_uid3_u.uid = s->st_uid; }
	if (set & FUSE_SET_ATTR_GID) { a->gid.set_it = 1; a->gid.set_gid3_u.gid = s->st_gid; }
	if (set & FUSE_SET_ATTR_SIZE) { a->size.set_it = 1; a->size.set_size3_u.size = s->st_size; }
	if (set & FUSE_SET_ATTR_ATIME_NOW) a->atime.set_it = SET_TO_SERVER_TIME;
	else if (set & FUSE_SET_ATTR_ATIME) {
		a->atime.set_it = SET_TO_CLIENT_TIME;
		a->atime.set_atime_u.atime = (nfstime3){s->st_atim.tv_sec, s->st_atim.tv_nsec};
	}
	if (set & FUSE_SET_ATTR_MTIME_NOW) a->mtime.set_it = SET_TO_SERVER_TIME;
	else if (set & FUSE_SET_ATTR_MTIME) {
		a->mtime.set_it = SET_TO_CLIENT_TIME;
		a->mtime.set_mtime_u.mtime = (nfstime3){s->st_mtim.tv_sec, s->st_mtim.tv_nsec};
	}
	/* Data sent again after it would bring back what is cut off, and the time of writing. */
	when_committed(o, setattr_now);
}

/* ---- making ---- */

static sattr3 with_mode(mode_t mode) {
	return (sattr3){.mode = {.set_it = 1, .set_mode3_u.mode = mode & 07777}};
}

/* The answers of CREATE, MKDIR, SYMLINK and MKNOD are alike. */
static void make_done(struct call *call, void *data) {
	CREATE3res *result = data;
	int error = error_in(result);
	/* Made by an earlier try whose answer was lost. */
	if (error == EEXIST && call->repeated) {
		start(OPERATION, send_lookup, lookup_done);
		return;
	}
	if (error) {
		operation_end(OPERATION, error);
		return;
	}
	CREATE3resok *ok = &result->CREATE3res_u.resok;
	if (ok->obj.handle_follows && ok->obj_attributes.attributes_follow)
		reply_entry(OPERATION, &ok->obj.post_op_fh3_u.handle, &ok->obj_attributes.post_op_attr_u.attributes);
	else start(OPERATION, send_lookup, lookup_done);
}

static int send_create(struct rpc_context *rpc, struct call *call, rpc_cb reply) {
	struct operation *o = OPERATION;
	CREATE3args args = {.where = in_directory(o->node, o->name), .how = {.mode = o->how, .createhow3_u.obj_attributes = o->attributes}};
	return rpc_nfs3_create_async(rpc, reply, &args, call);
}

static void create(fuse_req_t request, fuse_ino_t parent, const char *name, mode_t mode, struct fuse_file_info *file) {
	struct operation *o = operation_new(request, parent);
	o->name = copy(name);
	o->attributes = with_mode(mode);
	o->how = GUARDED;
	if (file) {
		o->file_copy = *file;
		o->file = &o->file_copy;
		if (!(file->flags & O_EXCL)) o->how = UNCHECKED;
		if (file->flags & O_TRUNC) o->attributes.size.set_it = 1;
	}
	start(o, send_create, make_done);
}

static void op_create(fuse_req_t request, fuse_ino_t parent, const char *name, mode_t mode, struct fuse_file_info *file) {
	create(request, parent, name, mode, file);
}

static int send_mkdir(struct rpc_context *rpc, struct call *call, rpc_cb reply) {
	MKDIR3args args = {.where = in_directory(OPERATION->node, OPERATION->name), .attributes = OPERATION->attributes};
	return rpc_nfs3_mkdir_async(rpc, reply, &args, call);
}

static void op_mkdir(fuse_req_t request, fuse_ino_t parent, const char *name, mode_t mode) {
	struct operation *o = operation_new(request, parent);
	o->name = copy(name);
	o->attributes = with_mode(mode);
	start(o, send_mkdir, make_done);
}

static int send_symlink(struct rpc_context *rpc, struct call *call, rpc_cb reply) {
	SYMLINK3args args = {.where = in_directory(OPERATION->node, OPERATION->name),
		.symlink = {.symlink_attributes = with_mode(0777), .symlink_data = OPERATION->name2}};
	return rpc_nfs3_symlink_async(rpc, reply, &args, call);
}

static void op_symlink(fuse_req_t request, const char *to, fuse_ino_t parent, const char *name) {
	struct operation *o = operation_new(request, parent);
	o->name = copy(name);
	o->name2 = copy(to);
	start(o, send_symlink, make_done);
}

static int send_mknod(struct rpc_context *rpc, struct call *call, rpc_cb reply) {
	MKNOD3args args = {.where = in_directory(OPERATION->node, OPERATION->name)};
	args.what.type = OPERATION->how;
	args.what.mknoddata3_u.pipe_attributes = OPERATION->attributes; /* alike for sockets */
	return rpc_nfs3_mknod_async(rpc, reply, &args, call);
}

static void op_mknod(fuse_req_t request, fuse_ino_t parent, const char *name, mode_t mode, dev_t device) {
	(void)device;
	if (S_ISREG(mode)) {
		create(request, parent, name, mode, NULL);
		return;
	}
	if (!S_ISFIFO(mode) && !S_ISSOCK(mode)) { /* devices: not on a file system that pods share */
		fuse_reply_err(request, EPERM);
		return;
	}
	struct operation *o = operation_new(request, parent);
	o->name = copy(name);
	o->attributes = with_mode(mode);
	o->how = S_ISFIFO(mode) ? NF3FIFO : NF3SOCK;
	start(o, send_mknod, make_done);
}

static int send_link(struct rpc_context *rpc, struct call *call, rpc_cb reply) {
	LINK3args args = {.file = handle_of(OPERATION->node), .link = in_directory(OPERATION->parent, OPERATION->name)};
	return rpc_nfs3_link_async(rpc, reply, &args, call);
}

static void link_done(struct call *call, void *data) {
	int error = error_in(data);
	if (error && !(error == EEXIST && call->repeated)) {
		operation_end(OPERATION, error);
		return;
	}
	struct node *file = OPERATION->node; /* look the new name up in its directory */
	OPERATION->node = OPERATION->parent;
	OPERATION->parent = file;
	start(OPERATION, send_lookup, lookup_done);
}

static void op_link(fuse_req_t request, fuse_ino_t ino, fuse_ino_t parent, const char *name) {
	struct operation *o = operation_new(request, ino);
	second_node(o, parent);
	o->name = copy(name);
	start(o, send_link, link_done);
}

/* ---- removing and renaming ----
 *
 * NFSv3 knows nothing of open files. A file that is removed or replaced while it is open here is renamed to .nfs…, and
 * removed when it is closed. */

static void gone_done(struct call *call, void *data) {
	int error = error_in(data);
	if (error == ENOENT && call->repeated) error = 0; /* done by an earlier try whose answer was lost */
	operation_end(OPERATION, error);
}

static int send_remove(struct rpc_context *rpc, struct call *call, rpc_cb reply) {
	REMOVE3args args = {.object = in_directory(OPERATION->node, OPERATION->name)};
	return rpc_nfs3_remove_async(rpc, reply, &args, call);
}

static int send_rename(struct rpc_context *rpc, struct call *call, rpc_cb reply) {
	RENAME3args args = {.from = in_directory(OPERATION->node, OPERATION->name), .to = in_directory(OPERATION->parent, OPERATION->name2)};
	return rpc_nfs3_rename_async(rpc, reply, &args, call);
}

static void remove_or_rename(struct operation *o) { start(o, o->name2 ? send_rename : send_remove, gone_done); }

/* Directory and name of what an operation would remove or replace. */
static struct node *victims_directory(struct operation *o) { return o->name2 ? o->parent : o->node; }
static char *victims_name(struct operation *o) { return o->name2 ? o->name2 : o->name; }

struct silly_removal { struct call call; struct node *directory; char *name; };

static int send_silly_removal(struct rpc_context *rpc, struct call *call, rpc_cb reply) {
	struct silly_removal *r = (struct silly_removal *)call;
	REMOVE3args args = {.object = in_directory(r->directory, r->name)};
	return rpc_nfs3_remove_async(rpc, reply, &args, call);
}

static void silly_removal_done(struct call *call, void *data) {
	(void)data;
	struct silly_removal *r = (struct silly_removal *)call;
	r->directory->references--;
	node_put(r->directory, 0);
	free(r->name);
	free(r);
}

static void remove_silly(struct node *node, const struct credentials *who) {
	struct silly_removal *r = allocate(sizeof *r);
	r->call = (struct call){.who = *who, .send = send_silly_removal, .done = silly_removal_done};
	r->directory = node->silly_parent;
	r->name = node->silly_name;
	node->silly_name = NULL;
	node->silly_parent = NULL;
	call_start(&r->call);
}

static int send_silly_rename(struct rpc_context *rpc, struct call *call, rpc_cb reply) {
	struct operation *o = OPERATION;
	RENAME3args args = {.from = in_directory(victims_directory(o), victims_name(o)), .to = in_directory(victims_directory(o), o->data)};
	return rpc_nfs3_rename_async(rpc, reply, &args, call);
}

static void silly_rename_done(struct call *call, void *data) {
	struct operation *o = OPERATION;
	struct node *victim = o->target;
	int error = error_in(data);
	bool renamed = !error || (error == ENOENT && call->repeated);
	if (renamed) {
		victim->silly_name = o->data;
		o->data = NULL;
		victim->silly_parent = victims_directory(o);
		victim->silly_parent->references++;
		if (!victim->opens) remove_silly(victim, &o->call.who); /* closed meanwhile */
	}
	victim->references--;
	node_put(victim, 0);
	if (o->name2 || !renamed) remove_or_rename(o);
	else operation_end(o, 0);
}

static int send_victim_lookup(struct rpc_context *rpc, struct call *call, rpc_cb reply) {
	LOOKUP3args args = {.what = in_directory(victims_directory(OPERATION), victims_name(OPERATION))};
	return rpc_nfs3_lookup_async(rpc, reply, &args, call);
}

static void victim_lookup_done(struct call *call, void *data) {
	struct operation *o = OPERATION;
	LOOKUP3res *result = data;
	struct node *victim = NULL;
	if (!error_in(result)) {
		LOOKUP3resok *ok = &result->LOOKUP3res_u.resok;
		post_op_attr *a = &ok->obj_attributes;
		bool other_names = a->attributes_follow && a->post_op_attr_u.attributes.nlink > 1;
		if (!other_names) victim = node_find(ok->object.data.data_val, ok->object.data.data_len);
	}
	if (!victim || !victim->opens || victim->silly_name) {
		remove_or_rename(o);
		return;
	}
	static unsigned number;
	char name[64];
	snprintf(name, sizeof name, ".nfs%08x%08x%08x", victim->hash, (unsigned)getpid(), number++);
	o->data = copy(name);
	o->target = victim;
	victim->references++;
	start(o, send_silly_rename, silly_rename_done);
}

static void remove_or_rename_open(struct operation *o) {
	if (open_files) start(o, send_victim_lookup, victim_lookup_done);
	else remove_or_rename(o);
}

static void op_unlink(fuse_req_t request, fuse_ino_t parent, const char *name) {
	struct operation *o = operation_new(request, parent);
	o->name = copy(name);
	remove_or_rename_open(o);
}

static void op_rename(fuse_req_t request, fuse_ino_t parent, const char *name, fuse_ino_t parent2, const char *name2, unsigned flags) {
	if (flags) {
		fuse_reply_err(request, EINVAL);
		return;
	}
	struct operation *o = operation_new(request, parent);
	second_node(o, parent2);
	o->name = copy(name);
	o->name2 = copy(name2);
	remove_or_rename_open(o);
}

static int send_rmdir(struct rpc_context *rpc, struct call *call, rpc_cb reply) {
	RMDIR3args args = {.object = in_directory(OPERATION->node, OPERATION->name)};
	return rpc_nfs3_rmdir_async(rpc, reply, &args, call);
}

static void op_rmdir(fuse_req_t request, fuse_ino_t parent, const char *name) {
	struct operation *o = operation_new(request, parent);
	o->name = copy(name);
	start(o, send_rmdir, gone_done);
}

/* ---- open files ---- */

static struct open_file *open_file_of(const struct fuse_file_info *file) { return (struct open_file *)(uintptr_t)file->fh; }

static void op_open(fuse_req_t request, fuse_ino_t ino, struct fuse_file_info *file) {
	struct operation *o = operation_new(request, ino);
	struct open_file *f = open_file_new(o, o->node, file->flags);
	file->fh = (uintptr_t)f;
	/* Close-to-open: what another client wrote before it closed is seen by who opens after. */
	if (options.close_to_open) fuse_lowlevel_notify_inval_inode(session, ino, -1, 0);
	if (fuse_reply_open(request, file) == -ENOENT) open_file_drop(o->node, f);
	operation_free(o);
}

static int send_read(struct rpc_context *rpc, struct call *call, rpc_cb reply) {
	struct operation *o = OPERATION;
	size_t rest = o->size - o->done;
	READ3args args = {.file = handle_of(o->node), .offset = o->offset + o->done, .count = rest < options.read_size ? rest : options.read_size};
	return rpc_nfs3_read_async(rpc, reply, &args, call);
}

static void read_done(struct call *call, void *data) {
	struct operation *o = OPERATION;
	READ3res *result = data;
	int error = error_in(result);
	if (error || !o->request) {
		operation_end(o, error);
		return;
	}
	READ3resok *ok = &result->READ3res_u.resok;
	size_t got = ok->data.data_len < o->size - o->done ? ok->data.data_len : o->size - o->done;
	bool last = ok->eof || !got || o->done + got == o->size;
	if (last && !o->done) { /* the usual case, without a copy */
		fuse_reply_buf(o->request, ok->data.data_val, got);
		operation_free(o);
		return;
	}
	if (!o->data) o->data = allocate(o->size);
	memcpy(o->data + o->done, ok->data.data_val, got);
	o->done += got;
	if (last) {
		fuse_reply_buf(o->request, o->data, o->done);
		operation_free(o);
	} else {
		start(o, send_read, read_done);
	}
}

static void read_now(struct operation *o) { start(o, send_read, read_done); }

static void op_read(fuse_req_t request, fuse_ino_t ino, size_t size, off_t offset, struct fuse_file_info *file) {
	struct operation *o = operation_new(request, ino);
	o->call.who = open_file_of(file)->who;
	o->size = size;
	o->offset = offset;
	interruptible(o);
	when_sent(o, read_now);
}

static void op_write(fuse_req_t request, fuse_ino_t ino, const char *data, size_t size, off_t offset, struct fuse_file_info *file) {
	struct operation *o = operation_new(request, ino);
	o->call.who = open_file_of(file)->who;
	o->how = open_file_of(file)->synchronous;
	o->size = size;
	o->offset = offset;
	o->data = malloc(size);
	if (!o->data) abort();
	memcpy(o->data, data, size);
	file_write(o);
}

static void sync_file(fuse_req_t request, fuse_ino_t ino, struct fuse_file_info *file) {
	struct operation *o = operation_new(request, ino);
	if (file && file->fh) o->call.who = open_file_of(file)->who;
	file_sync(o);
}

static void op_flush(fuse_req_t request, fuse_ino_t ino, struct fuse_file_info *file) { sync_file(request, ino, file); }

static void op_fsync(fuse_req_t request, fuse_ino_t ino, int only_data, struct fuse_file_info *file) {
	(void)only_data;
	sync_file(request, ino, file);
}

static void release_now(struct operation *o) {
	struct open_file *f = open_file_of(&o->file_copy);
	struct node *node = o->node;
	struct credentials who = f->who;
	open_file_drop(node, f);
	if (!node->opens && node->silly_name) remove_silly(node, &who);
	operation_end(o, 0);
}

static void op_release(fuse_req_t request, fuse_ino_t ino, struct fuse_file_info *file) {
	struct operation *o = operation_new(request, ino);
	o->file_copy = *file;
	when_sent(o, release_now);
}

/* ---- directories ---- */

static void op_opendir(fuse_req_t request, fuse_ino_t ino, struct fuse_file_info *file) {
	(void)ino;
	struct open_directory *d = allocate(sizeof *d);
	file->fh = (uintptr_t)d;
	if (fuse_reply_open(request, file) == -ENOENT) free(d);
}

static void op_releasedir(fuse_req_t request, fuse_ino_t ino, struct fuse_file_info *file) {
	(void)ino;
	free((void *)(uintptr_t)file->fh);
	fuse_reply_err(request, 0);
}

static void op_fsyncdir(fuse_req_t request, fuse_ino_t ino, int only_data, struct fuse_file_info *file) {
	(void)ino; (void)only_data; (void)file;
	fuse_reply_err(request, 0); /* an NFS server has made changes of a directory durable before it answers */
}

static int send_readdir(struct rpc_context *rpc, struct call *call, rpc_cb reply) {
	struct operation *o = OPERATION;
	READDIRPLUS3args args = {.dir = handle_of(o->node), .cookie = o->offset,
		.dircount = o->size < 8192 ? 8192 : o->size, .maxcount = o->size < 32768 ? 32768 : o->size};
	memcpy(args.cookieverf, o->verifier, sizeof args.cookieverf);
	return rpc_nfs3_readdirplus_async(rpc, reply, &args, call);
}

/* Adds one entry to the reply; 0 if it doesn't fit. */
static size_t add_entry(struct operation *o, char *buffer, size_t room, entryplus3 *entry) {
	post_op_attr *attributes = &entry->name_attributes;
	nfs_fh3 *handle = &entry->name_handle.post_op_fh3_u.handle;
	struct fuse_entry_param e = {.attr.st_ino = entry->fileid};
	struct node *node = NULL;
	bool dots = !strcmp(entry->name, ".") || !strcmp(entry->name, "..");
	if (o->how && !dots && attributes->attributes_follow && entry->name_handle.handle_follows) {
		node = node_get(handle->data.data_val, handle->data.data_len);
		e.ino = ino_of(node);
		e.attr_timeout = e.entry_timeout = options.attribute_seconds;
	}
	if (attributes->attributes_follow) to_stat(node, &attributes->post_op_attr_u.attributes, &e.attr);
	size_t n = o->how ? fuse_add_direntry_plus(o->request, buffer, room, entry->name, &e, entry->cookie)
		: fuse_add_direntry(o->request, buffer, room, entry->name, &e.attr, entry->cookie);
	if (node && n <= room) node->lookups++;
	else if (node) node_put(node, 0);
	return n <= room ? n : 0;
}

static void readdir_done(struct call *call, void *data) {
	struct operation *o = OPERATION;
	READDIRPLUS3res *result = data;
	int error = error_in(result);
	if (error || !o->request) {
		operation_end(o, error);
		return;
	}
	READDIRPLUS3resok *ok = &result->READDIRPLUS3res_u.resok;
	struct open_directory *d = (struct open_directory *)(uintptr_t)o->file_copy.fh;
	memcpy(d->verifier, ok->cookieverf, sizeof d->verifier);
	char *buffer = allocate(o->size);
	size_t used = 0, n;
	for (entryplus3 *e = ok->reply.entries; e && (n = add_entry(o, buffer + used, o->size - used, e)); e = e->nextentry) used += n;
	fuse_reply_buf(o->request, buffer, used);
	free(buffer);
	operation_free(o);
}

static void read_directory(fuse_req_t request, fuse_ino_t ino, size_t size, off_t offset, struct fuse_file_info *file, bool plus) {
	struct operation *o = operation_new(request, ino);
	struct open_directory *d = (struct open_directory *)(uintptr_t)file->fh;
	o->file_copy = *file;
	o->size = size;
	o->offset = offset;
	o->how = plus;
	if (offset) memcpy(o->verifier, d->verifier, sizeof o->verifier);
	start(o, send_readdir, readdir_done);
}

static void op_readdir(fuse_req_t request, fuse_ino_t ino, size_t size, off_t offset, struct fuse_file_info *file) {
	read_directory(request, ino, size, offset, file, false);
}

static void op_readdirplus(fuse_req_t request, fuse_ino_t ino, size_t size, off_t offset, struct fuse_file_info *file) {
	read_directory(request, ino, size, offset, file, true);
}

static void op_init(void *data, struct fuse_conn_info *c) {
	(void)data;
	c->want &= ~(FUSE_CAP_ATOMIC_O_TRUNC | FUSE_CAP_SPLICE_READ | FUSE_CAP_SPLICE_WRITE | FUSE_CAP_SPLICE_MOVE |
		FUSE_CAP_HANDLE_KILLPRIV | FUSE_CAP_FLOCK_LOCKS | FUSE_CAP_POSIX_LOCKS | FUSE_CAP_WRITEBACK_CACHE);
	c->want |= c->capable & (FUSE_CAP_ASYNC_READ | FUSE_CAP_PARALLEL_DIROPS | FUSE_CAP_AUTO_INVAL_DATA | FUSE_CAP_READDIRPLUS |
		FUSE_CAP_READDIRPLUS_AUTO | FUSE_CAP_ASYNC_DIO);
	c->max_read = options.read_size;
	c->max_write = MIB;
	c->max_background = 64;
	c->congestion_threshold = 48;
	c->max_readahead = MIB;
}

const struct fuse_lowlevel_ops operations = {
	.init = op_init, .lookup = op_lookup, .forget = op_forget, .forget_multi = op_forget_multi, .getattr = op_getattr,
	.setattr = op_setattr, .readlink = op_readlink, .mknod = op_mknod, .mkdir = op_mkdir, .unlink = op_unlink,
	.rmdir = op_rmdir, .symlink = op_symlink, .rename = op_rename, .link = op_link, .open = op_open, .read = op_read,
	.write = op_write, .flush = op_flush, .release = op_release, .fsync = op_fsync, .opendir = op_opendir,
	.readdir = op_readdir, .readdirplus = op_readdirplus, .releasedir = op_releasedir, .fsyncdir = op_fsyncdir,
	.statfs = op_statfs, .create = op_create,
};
