/* disk.c: the bytes of files, in memory that is mapped as they are. What was written is seen at
 * once, and is safe when a sync has said so; a power loss keeps of the rest what chance keeps, in
 * sectors. */
#include "disk.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/uio.h>
#include <unistd.h>

#define SECTOR  512
#define BLOCK   4096

static struct { bool full, error, once, stall; } weather;

/* ---- what is safe */

static void grow(struct node *n, int64_t size)
{
	if (size > n->safe_cap) {
		n->safe_cap = size * 2;
		n->safe = realloc(n->safe, (size_t)n->safe_cap);
		assert(n->safe != NULL);
	}
	if (size > n->safe_n)
		memset(n->safe + n->safe_n, 0, (size_t)(size - n->safe_n));
	n->safe_n = size;
}

static void apply(struct node *n, const struct change *c, bool torn)
{
	if (c->at < 0) {
		grow(n, (int64_t)c->n);
		return;
	}
	if (c->at + (int64_t)c->n > n->safe_n)
		grow(n, c->at + (int64_t)c->n);
	if (!torn) {
		memcpy(n->safe + c->at, c->bytes, c->n);
		return;
	}
	for (size_t i = 0, k; i < c->n; i += k) {
		k = SECTOR - (size_t)(c->at + (int64_t)i) % SECTOR;
		k = k < c->n - i ? k : c->n - i;
		if (chance(RNG_DISK, 2))
			memcpy(n->safe + c->at + i, c->bytes + i, k);
	}
}

void disk_remember(struct node *n, int64_t at, const void *from, size_t size, bool safe)
{
	size_t bytes = at < 0 ? 0 : size;
	struct change *c = malloc(sizeof *c + bytes);

	assert(c != NULL);
	*c = (struct change){ .at = at, .n = size };
	if (bytes > 0)
		memcpy(c->bytes, from, bytes);
	if (safe) {		/* O_DSYNC: this one, and no other */
		apply(n, c, false);
		free(c);
		return;
	}
	*n->last = c;
	n->last = &c->next;
}

static void all_safe(struct node *n)
{
	for (struct change *c = n->first, *next; c != NULL; c = next) {
		next = c->next;
		apply(n, c, false);
		free(c);
	}
	n->first = NULL;
	n->last = &n->first;
}

/* Of what was not safe some is there, in any order, some in parts. */
static void lose(struct node *n)
{
	struct change *list[4096];
	size_t count = 0;

	for (struct change *c = n->first; c != NULL && count < COUNT(list); c = c->next)
		list[count++] = c;
	uint64_t manner = draw(RNG_DISK, 3);	/* nothing, the beginning, or anything of it */
	size_t kept = manner == 1 ? draw(RNG_DISK, count + 1) : 0;
	for (size_t i = 0; i < count; i++) {
		size_t k = manner == 2 ? i + draw(RNG_DISK, count - i) : i;
		struct change *c = list[k];
		list[k] = list[i];
		if (manner == 2 && chance(RNG_DISK, 2))
			apply(n, c, chance(RNG_DISK, 2));
		else if (manner == 1 && i <= kept)
			apply(n, c, i == kept);
		free(c);
	}
	dst_say("disk: of %zu writes to %s that were not synced, %s", count, n->path,
	    manner == 0 ? "nothing is there" : manner == 1 ? "the first are there" :
	    "some are there, in parts");
	n->first = NULL;
	n->last = &n->first;
	int e = ftruncate(n->memory, 0);
	e |= ftruncate(n->memory, n->safe_n);
	assert(e == 0);
	ssize_t put = n->safe_n > 0 ? pwrite(n->memory, n->safe, (size_t)n->safe_n, 0) : 0;
	assert(put == n->safe_n);
	n->size = n->safe_n;
}

void disk_power_loss(void)
{
	for (struct node *n = nodes; n < nodes + NODES; n++)
		if (n->path[0] != '\0' && !n->folder && !n->removed && !n->solid)
			lose(n);
}

/* ---- reading and writing */

ssize_t disk_read(struct fd *f, void *to, size_t n, int64_t at)
{
	return fails(FAIL_FILE) ? -1 : pread(f->node->memory, to, n, at);
}

static bool broken(struct node *n, int64_t end)
{
	if (fails(FAIL_FILE))
		return true;
	if (sim.forked || n->solid)
		return false;
	if (weather.full && end > (n->size + BLOCK - 1) / BLOCK * BLOCK) {
		errno = ENOSPC;
		return true;
	}
	if (!weather.error && !weather.once)
		return false;
	weather.once = false;
	errno = EIO;
	dst_say("disk: EIO on %s", n->path);
	return true;
}

ssize_t disk_write(struct fd *f, const void *from, size_t size, int64_t at)
{
	struct node *n = f->node;

	size = fails_short(size);
	/* What there is room for is taken, the rest refused. */
	if (weather.full && !n->solid && at < n->size && at + (int64_t)size > n->size &&
	    n->size % BLOCK == 0)
		size = (size_t)(n->size - at);
	if (broken(n, at + (int64_t)size))
		return -1;
	ssize_t put = pwrite(n->memory, from, size, at);
	if (put <= 0)
		return put;
	if (!n->solid)
		disk_remember(n, at, from, (size_t)put, (f->flags & O_DSYNC) != 0);
	n->size = at + put > n->size ? at + put : n->size;
	return put;
}

static ns sync_takes(void)
{
	if (weather.stall && chance(RNG_DISK, 4))
		return draw_span(RNG_DISK, 100 * NS_MS, 4 * NS_SECOND);
	return draw_span(RNG_DISK, NS_MS / 10, 8 * NS_MS);
}

static int sync_node(struct node *n)
{
	if (n->folder || sim.forked)
		return 0;
	(void)fiber_wait(NULL, sim.now + sync_takes());
	if (broken(n, 0))
		return -1;
	all_safe(n);
	return 0;
}

int dst_fdatasync(int fd);
int dst_fdatasync(int fd)
{
	struct fd *f = fd_of(fd, FD_FILE);

	point();
	return f == NULL ? -1 : sync_node(f->node);
}

ssize_t dst_pread(int fd, void *to, size_t n, off_t at);
ssize_t dst_pread(int fd, void *to, size_t n, off_t at)
{
	struct fd *f = fd_of(fd, FD_FILE);

	return f == NULL ? -1 : disk_read(f, to, n, at);
}

ssize_t dst_pwrite(int fd, const void *from, size_t n, off_t at);
ssize_t dst_pwrite(int fd, const void *from, size_t n, off_t at)
{
	struct fd *f = fd_of(fd, FD_FILE);

	point();
	if (f == NULL)
		return -1;
	ssize_t put = disk_write(f, from, n, at);
	if (put > 0 && (f->flags & O_DSYNC) && !sim.forked)
		(void)fiber_wait(NULL, sim.now + sync_takes());
	return put;
}

ssize_t dst_writev(int fd, const struct iovec *v, int count);
ssize_t dst_writev(int fd, const struct iovec *v, int count)
{
	struct fd *f = fd_of(fd, FD_FILE);
	ssize_t sum = 0;

	point();
	for (int i = 0; f != NULL && i < count; i++) {
		ssize_t put = disk_write(f, v[i].iov_base, v[i].iov_len, f->offset);
		if (put < 0)
			return sum > 0 ? sum : -1;
		f->offset += put;
		sum += put;
		if ((size_t)put < v[i].iov_len)
			break;
	}
	return f == NULL ? -1 : sum;
}

off_t dst_lseek(int fd, off_t at, int from);
off_t dst_lseek(int fd, off_t at, int from)
{
	struct fd *f = fd_of(fd, FD_FILE);

	if (f == NULL)
		return -1;
	f->offset = from == SEEK_SET ? at : from == SEEK_CUR ? f->offset + at : f->node->size + at;
	return f->offset;
}

int dst_ftruncate(int fd, off_t size);
int dst_ftruncate(int fd, off_t size)
{
	struct fd *f = fd_of(fd, FD_FILE);

	point();
	if (f == NULL || broken(f->node, size))
		return -1;
	if (ftruncate(f->node->memory, size) != 0)
		return -1;
	disk_remember(f->node, -1, NULL, (size_t)size, false);
	f->node->size = size;
	return 0;
}

void disk_fault(enum disk_fault what)
{
	switch (what) {
	case DISK_FULL:       weather.full = true; break;
	case DISK_ERROR_ONCE: weather.once = true; break;
	case DISK_ERROR:      weather.error = true; break;
	case DISK_STALL:      weather.stall = true; break;
	case DISK_FINE:       memset(&weather, 0, sizeof weather); break;
	}
}

bool disk_is_full(void)
{
	return weather.full;
}
