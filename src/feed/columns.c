/* columns.c: bars as columns: laid out, filled, mapped, checked. */
#include "feed/columns.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/crc.h"

#define UNIT_USUAL (NUM_ONE / 10000)
#define UNIT_MAX   NUM_ONE		/* four thousand million dollars a share are enough */

static const char magic[8] = "gbbars\n";

static size_t round64(size_t n)
{
	return (n + 63) & ~(size_t)63;
}

size_t columns_size(uint32_t cap)
{
	return COLUMNS_HEAD + round64(cap * sizeof(double)) +
	       5 * round64(cap * sizeof(uint32_t));
}

static void lay_out(struct columns *c, void *memory, uint32_t cap)
{
	char *at = (char *)memory + COLUMNS_HEAD;
	uint32_t **column[] = { &c->minute, &c->open, &c->high, &c->low, &c->close };

	assert(((uintptr_t)memory & 15) == 0);
	c->head = memory;
	c->volume = (double *)(void *)at;
	at += round64(cap * sizeof(double));
	for (size_t k = 0; k < COUNT(column); k++) {
		*column[k] = (uint32_t *)(void *)at;
		at += round64(cap * sizeof(uint32_t));
	}
}

void columns_begin(struct columns *c, void *memory, uint32_t cap, const char *symbol,
		   uint32_t span_s)
{
	*c = (struct columns){ 0 };
	lay_out(c, memory, cap);
	memcpy(c->head->magic, magic, sizeof(magic));
	c->head->version = COLUMNS_VERSION;
	c->head->span_s = span_s;
	c->head->rows = 0;
	c->head->cap = cap;
	c->head->unit = UNIT_USUAL;
	bool fits = str_copy(c->head->symbol, sizeof(c->head->symbol), str_of(symbol));
	assert(fits && span_s >= 60 && span_s % 60 == 0);
}

/* ---- units */

/* All prices in another unit; false: the highest would not fit. */
static bool change_unit(struct columns *c, int64_t unit)
{
	uint32_t *column[] = { c->open, c->high, c->low, c->close };
	int64_t old = c->head->unit;

	assert(unit == old * 10 || unit == old / 10);
	if (unit < old && c->highest > UINT32_MAX / 10)
		return false;
	for (size_t k = 0; k < COUNT(column); k++)
		for (uint32_t i = 0; i < c->head->rows; i++)
			column[k][i] = unit < old ? column[k][i] * 10 : (column[k][i] + 5) / 10;
	c->highest = unit < old ? c->highest * 10 : c->highest / 10 + 1;
	c->head->unit = unit;
	return true;
}

static bool in_units(const int64_t price[4], int64_t unit)
{
	return price[0] % unit == 0 && price[1] % unit == 0 && price[2] % unit == 0 &&
	       price[3] % unit == 0;
}

/* Finer when a price asks for it and there is room, coarser when there is none. */
static bool choose_unit(struct columns *c, const int64_t price[4], int64_t high)
{
	while (!in_units(price, c->head->unit) && c->head->unit >= 10 &&
	       high / (c->head->unit / 10) < UINT32_MAX)
		if (!change_unit(c, c->head->unit / 10))
			break;
	while (high / c->head->unit >= UINT32_MAX) {
		if (c->head->unit >= UNIT_MAX)
			return false;
		bool coarser = change_unit(c, c->head->unit * 10);
		assert(coarser);
		(void)coarser;
	}
	return true;
}

/* Minutes at least from the beginning of one bar to that of the next; spring's day has 23 hours. */
static uint32_t apart(const struct columns *c)
{
	return c->head->span_s < 86400 ? c->head->span_s / 60 : 23 * 60;
}

const char *columns_put(struct columns *c, const struct csv_row *row)
{
	const int64_t price[4] = { row->open.n, row->high.n, row->low.n, row->close.n };
	uint32_t i = c->head->rows, *column[] = { c->open, c->high, c->low, c->close };

	assert(i < c->head->cap);
	if (row->ts < 0 || row->ts % NS_MINUTE != 0 || row->ts / NS_MINUTE > UINT32_MAX)
		return "not on a full minute";
	if (i > 0 && row->ts == columns_time(c, i - 1))
		return "there was a bar of this symbol and time before";
	if (i > 0 && row->ts < columns_time(c, i - 1))
		return "earlier than the bar before; times have to ascend";
	if (i > 0 && row->ts < columns_time(c, i - 1) + apart(c) * NS_MINUTE)
		return "begins before the bar before it has ended";
	if (row->low.n <= 0 || !choose_unit(c, price, row->high.n))
		return "a price that is none";
	int64_t unit = c->head->unit;
	if (row->low.n < unit)
		return "a price too far below the others";
	for (size_t k = 0; k < COUNT(column); k++)
		column[k][i] = (uint32_t)((price[k] + unit / 2) / unit);
	c->minute[i] = (uint32_t)(row->ts / NS_MINUTE);
	c->volume[i] = row->volume;
	c->highest = c->high[i] > c->highest ? c->high[i] : c->highest;
	c->head->rows = i + 1;
	return NULL;
}

/* ---- sums */

static uint32_t body_crc(const struct columns *c)
{
	const uint32_t *column[] = { c->minute, c->open, c->high, c->low, c->close };
	uint32_t crc = crc32c(0, c->volume, c->head->rows * sizeof(double));

	for (size_t k = 0; k < COUNT(column); k++)
		crc = crc32c(crc, column[k], c->head->rows * sizeof(uint32_t));
	return crc;
}

static uint32_t head_crc(const struct columns *c)
{
	return crc32c(0, c->head, offsetof(struct columns_head, head_crc));
}

void columns_end(struct columns *c)
{
	assert(c->head->rows <= c->head->cap);
	c->head->body_crc = body_crc(c);
	c->head->head_crc = head_crc(c);
}

/* ---- reading */

static enum err wrong(char *why, size_t size, const char *path, const char *words, enum err e)
{
	(void)snprintf(why, size, "%s: %s", path, words);
	return e;
}

static const char *head_wrong(const struct columns *c, size_t size)
{
	const struct columns_head *h = c->head;

	if (memcmp(h->magic, magic, sizeof(magic)) != 0)
		return "not a file of bars";
	if (h->version != COLUMNS_VERSION)
		return "bars of another version of gambler: import them again";
	if (h->head_crc != head_crc(c) || h->rows > h->cap || h->unit < 1 ||
	    h->unit > UNIT_MAX || h->span_s < 60 || h->span_s % 60 != 0 ||
	    memchr(h->symbol, '\0', sizeof(h->symbol)) == NULL || columns_size(h->cap) > size)
		return "damaged: remove it and import or fetch the bars again";
	return NULL;
}

enum err columns_open(struct columns *c, const char *path, char *why, size_t why_size)
{
	struct stat st;
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	*c = (struct columns){ 0 };
	if (fd < 0)
		return wrong(why, why_size, path, strerror(errno), ERR_IO);
	bool known = fstat(fd, &st) == 0 && S_ISREG(st.st_mode);
	if (!known || st.st_size < COLUMNS_HEAD || (uint64_t)st.st_size > SIZE_MAX) {
		(void)close(fd);
		return wrong(why, why_size, path, "not a file of bars", ERR_PARSE);
	}
	void *map = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_SHARED, fd, 0);
	(void)close(fd);
	if (map == MAP_FAILED)
		return wrong(why, why_size, path, strerror(errno), ERR_IO);
	c->head = map;
	c->mapped = (size_t)st.st_size;
	const char *words = head_wrong(c, c->mapped);
	if (words != NULL) {
		columns_close(c);
		return wrong(why, why_size, path, words, ERR_PARSE);
	}
	lay_out(c, map, c->head->cap);
	return OK;
}

void columns_close(struct columns *c)
{
	if (c->mapped > 0)
		(void)munmap(c->head, c->mapped);
	*c = (struct columns){ 0 };
}

bool columns_check(const struct columns *c, char *why, size_t why_size)
{
	const struct columns_head *h = c->head;

	if (h->body_crc != body_crc(c)) {
		wrong(why, why_size, h->symbol, "the bars' checksum is wrong", ERR_PARSE);
		return false;
	}
	for (uint32_t i = 0; i < h->rows; i++) {
		struct bar b = columns_bar(c, i, 0);
		if (bar_valid(&b) && (i == 0 || c->minute[i] - c->minute[i - 1] >= apart(c)) &&
		    (i == 0 || c->minute[i] > c->minute[i - 1]))
			continue;
		(void)snprintf(why, why_size, "%s: row %u is not a bar behind the one before",
			       h->symbol, i);
		return false;
	}
	return true;
}

uint32_t columns_seek(const struct columns *c, ns t)
{
	uint32_t low = 0, high = c->head->rows;

	while (low < high) {
		uint32_t middle = low + (high - low) / 2;
		if (columns_time(c, middle) < t)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}
