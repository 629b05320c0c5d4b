/* file.c: names of files and what is asked of them. Names are safe as soon as they are made. */
#include "disk.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

struct node nodes[NODES];

/* ---- names */

static struct node *find(const char *path)
{
	for (struct node *n = nodes; n < nodes + NODES; n++)
		if (n->path[0] != '\0' && !n->removed && strcmp(n->path, path) == 0)
			return n;
	errno = ENOENT;
	return NULL;
}

static bool parent_there(const char *path)
{
	char parent[PATH];
	const char *slash = strrchr(path, '/');

	if (slash == NULL || slash == path)
		return true;
	(void)snprintf(parent, sizeof parent, "%.*s", (int)(slash - path), path);
	struct node *n = find(parent);
	return n != NULL && n->folder;
}

static struct node *make(const char *path, bool folder, mode_t mode)
{
	struct node *n = nodes;

	if (!parent_there(path))
		return NULL;
	while (n < nodes + NODES && n->path[0] != '\0')
		n++;
	assert(n < nodes + NODES && strlen(path) < PATH);
	*n = (struct node){ .folder = folder, .mode = mode, .memory = -1, .last = &n->first,
			     .solid = current != NULL && current->p == &exchange };
	memcpy(n->path, path, strlen(path) + 1);
	if (!folder) {
		n->memory = memfd_create("file", MFD_CLOEXEC);
		assert(n->memory >= 0);
	}
	return n;
}

int disk_memory(struct node *n);
int disk_memory(struct node *n)
{
	return n->memory;
}

static void release(struct node *n)
{
	if (!n->removed || n->opened > 0)
		return;
	if (!n->folder)
		(void)close(n->memory);
	for (struct change *c = n->first, *next; c != NULL; c = next) {
		next = c->next;
		free(c);
	}
	free(n->safe);
	n->path[0] = '\0';
}

void disk_close(struct fd *f)
{
	f->node->opened--;
	release(f->node);
}

/* ---- opening and looking */

static int vopen(const char *path, int flags, mode_t mode)
{
	struct node *n = find(path);

	point();
	if (fails(FAIL_FILE | FAIL_FDS | FAIL_INTERRUPT))
		return -1;
	if (n == NULL && (flags & O_CREAT))
		n = make(path, false, mode);
	if (n == NULL) {
		errno = ENOENT;
		return -1;
	}
	int fd = fd_new(FD_FILE, flags);
	if (fd < 0)
		return -1;
	fds[fd].node = n;
	n->opened++;
	if (flags & O_TRUNC)
		(void)dst_ftruncate(fd, 0);
	if (flags & O_APPEND)
		fds[fd].offset = n->size;
	return fd;
}

int dst_open(const char *path, int flags, ...);
int dst_open(const char *path, int flags, ...)
{
	__builtin_va_list args;
	__builtin_va_start(args, flags);
	int mode = flags & O_CREAT ? __builtin_va_arg(args, int) : 0;
	__builtin_va_end(args);
	return vopen(path, flags, (mode_t)mode);
}

static int fill(const struct node *n, struct stat *st)
{
	if (n == NULL || fails(FAIL_FILE))
		return -1;
	*st = (struct stat){ .st_dev = 1, .st_ino = (ino_t)(n - nodes) + 2, .st_nlink = 1,
			     .st_mode = n->mode | (n->folder ? S_IFDIR : S_IFREG),
			     .st_uid = geteuid(), .st_size = n->size, .st_blksize = 4096 };
	return 0;
}

int dst_fstat(int fd, struct stat *st);
int dst_fstat(int fd, struct stat *st)
{
	struct fd *f = fd_of(fd, FD_FILE);

	return fill(f == NULL ? NULL : f->node, st);
}

int dst_lstat(const char *path, struct stat *st);
int dst_lstat(const char *path, struct stat *st)
{
	return fill(find(path), st);
}

int dst_access(const char *path, int mode);
int dst_access(const char *path, int mode)
{
	(void)mode;
	return find(path) == NULL || fails(FAIL_FILE) ? -1 : 0;
}

int dst_mkdir(const char *path, mode_t mode);
int dst_mkdir(const char *path, mode_t mode)
{
	if (find(path) != NULL) {
		errno = EEXIST;
		return -1;
	}
	return fails(FAIL_FILE) || make(path, true, mode) == NULL ? -1 : 0;
}

int dst_unlink(const char *path);
int dst_unlink(const char *path)
{
	struct node *n = find(path);

	if (n == NULL || fails(FAIL_FILE))
		return -1;
	n->removed = true;
	release(n);
	return 0;
}

static bool below(const struct node *n, const char *folder)
{
	size_t k = strlen(folder);

	return n->path[0] != '\0' && !n->removed && strncmp(n->path, folder, k) == 0 &&
	       n->path[k] == '/';
}

static bool holds_files(const char *folder)
{
	for (struct node *n = nodes; n < nodes + NODES; n++)
		if (below(n, folder))
			return true;
	return false;
}

int dst_rename(const char *from, const char *to);
int dst_rename(const char *from, const char *to)
{
	struct node *n = find(from);
	size_t k = strlen(from);

	if (n == NULL || fails(FAIL_FILE))
		return -1;
	if (holds_files(to)) {
		errno = ENOTEMPTY;
		return -1;
	}
	(void)dst_unlink(to);
	for (struct node *in = nodes; in < nodes + NODES; in++)
		if (in == n || below(in, from)) {
			char path[PATH];
			int size = snprintf(path, sizeof path, "%s%s", to, in->path + k);
			assert(size < PATH);
			memcpy(in->path, path, sizeof path);
		}
	return 0;
}

int dst_rmdir(const char *path);
int dst_rmdir(const char *path)
{
	struct node *n = find(path);

	if (n == NULL || fails(FAIL_FILE))
		return -1;
	if (!n->folder || holds_files(path)) {
		errno = n->folder ? ENOTEMPTY : ENOTDIR;
		return -1;
	}
	n->removed = true;
	release(n);
	return 0;
}

int dst_fstatvfs(int fd, struct statvfs *s);
int dst_fstatvfs(int fd, struct statvfs *s)
{
	(void)fd;
	*s = (struct statvfs){ .f_bsize = 4096, .f_frsize = 4096,
			       .f_bavail = disk_is_full() ? 0 : 1 << 20 };
	return 0;
}

/* For all that asks for what is not there: another file system, other descriptors. */
int dst_missing(void);
int dst_missing(void)
{
	errno = ENOENT;
	return -1;
}

FILE *dst_fopen(const char *path, const char *mode);
FILE *dst_fopen(const char *path, const char *mode)
{
	struct node *n = find(path);

	if (n == NULL || n->size == 0 || mode[0] != 'r' ||
	    fails(FAIL_FILE | FAIL_FDS | FAIL_MEMORY))
		return NULL;
	char *text = malloc((size_t)n->size);
	assert(text != NULL && pread(n->memory, text, (size_t)n->size, 0) == n->size);
	FILE *f = tmpfile();
	assert(f != NULL && fwrite(text, 1, (size_t)n->size, f) == (size_t)n->size);
	rewind(f);
	free(text);
	return f;
}

void *dst_opendir(const char *path);
void *dst_opendir(const char *path)
{
	(void)path;
	errno = ENOENT;
	return NULL;
}

/* ---- a folder as it was */

static struct copy { char path[PATH]; bool folder; mode_t mode; char *bytes; int64_t n; }
	copies[NODES];

static bool is(const struct node *n, const char *path)
{
	return !n->removed && strcmp(n->path, path) == 0;
}

void disk_copy(const char *folder)
{
	struct copy *c = copies;

	for (struct copy *old = copies; old < copies + NODES; old++) {
		free(old->bytes);
		*old = (struct copy){ 0 };
	}
	for (struct node *n = nodes; n < nodes + NODES; n++) {
		if (!below(n, folder) && !is(n, folder))
			continue;
		memcpy(c->path, n->path, PATH);
		c->folder = n->folder;
		c->mode = n->mode;
		c->n = n->size;
		c->bytes = n->folder ? NULL : malloc((size_t)n->size + 1);
		assert(n->folder || (c->bytes != NULL && pread(n->memory, c->bytes,
							       (size_t)n->size, 0) == n->size));
		c++;
	}
}

void disk_lose(const char *folder)
{
	for (struct node *n = nodes; n < nodes + NODES; n++)
		if (below(n, folder) || is(n, folder)) {
			n->removed = true;
			release(n);
		}
}

void disk_copy_back(void)
{
	for (int files = 0; files < 2; files++)		/* folders first */
		for (struct copy *c = copies; c < copies + NODES && c->path[0] != '\0'; c++) {
			if (c->folder == (files == 1))
				continue;
			if (!c->folder)
				disk_put(c->path, c->bytes, (size_t)c->n);
			else if (find(c->path) == NULL)
				(void)make(c->path, true, c->mode);
		}
}

void disk_put(const char *path, const char *text, size_t size)
{
	if (find("/etc") == NULL)
		(void)make("/etc", true, 0755);
	if (find(path) != NULL)
		(void)dst_unlink(path);
	struct node *n = make(path, false, 0600);
	assert(n != NULL && pwrite(n->memory, text, size, 0) == (ssize_t)size);
	disk_remember(n, 0, text, size, true);
	n->size = (int64_t)size;
}

