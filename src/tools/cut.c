/*
 * cut.c: cut FILE OFFSET SIZE ROOM PACKED: what the program FILE has at OFFSET is taken out of the
 * file, though not out of its memory, which is zero there when it starts; and what the file PACKED
 * has is written at ROOM, behind its size in 4 bytes. For link.sh. objcopy could do it if it left
 * the headers alone that LLVM's linker writes.
 */
#include <elf.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FILE_MAX = 16 << 20 };	/* bytes of the program and its texts, many times over */

static uint8_t file[FILE_MAX];
static bool wide;		/* 64 bits */

static _Noreturn void die(const char *why)
{
	fprintf(stderr, "cut: %s\n", why);
	exit(1);
}

static size_t read_file(const char *name, uint8_t *to, size_t room)
{
	FILE *f = fopen(name, "rb");

	if (f == NULL)
		die("cannot open a file");
	size_t n = fread(to, 1, room, f);
	if (ferror(f) != 0 || n == room)
		die("cannot read a file, or it is too large");
	fclose(f);
	return n;
}

static uint64_t number(const uint8_t *at, size_t size)
{
	uint64_t n = 0;

	while (size-- > 0)
		n = n << 8 | at[size];
	return n;
}

/* A field of ELF's as wide as an address, which lies elsewhere in 32 bits. */
struct field {
	size_t narrow, wide;
};
#define FIELD(s, member) { offsetof(Elf32_##s, member), offsetof(Elf64_##s, member) }

static uint64_t get(const uint8_t *s, struct field f)
{
	return wide ? number(s + f.wide, 8) : number(s + f.narrow, 4);
}

static void put(uint8_t *s, struct field f, uint64_t n)
{
	uint8_t *at = s + (wide ? f.wide : f.narrow);

	for (size_t i = 0; i < (wide ? 8u : 4u); i++, n >>= 8)
		at[i] = (uint8_t)n;
}

static const struct field
	segments = FIELD(Ehdr, e_phoff), sections = FIELD(Ehdr, e_shoff),
	begins = FIELD(Phdr, p_offset), reaches = FIELD(Phdr, p_filesz),
	lies = FIELD(Shdr, sh_offset), measures = FIELD(Shdr, sh_size);

/* The one segment that is loaded from there ends at `end` in the file; none comes after it. */
static void cut_segments(uint64_t at, uint64_t end)
{
	uint8_t *p = file + get(file, segments);
	size_t each = wide ? sizeof(Elf64_Phdr) : sizeof(Elf32_Phdr);
	size_t n = number(file + (wide ? offsetof(Elf64_Ehdr, e_phnum) :
			offsetof(Elf32_Ehdr, e_phnum)), 2);
	int cut = 0;

	for (; n > 0; n--, p += each) {
		uint64_t begin = get(p, begins);
		if (number(p, 4) != PT_LOAD)
			continue;
		if (begin > at)
			die("a segment comes after what is to be cut");
		if (begin + get(p, reaches) > at) {
			put(p, reaches, end - begin);
			cut++;
		}
	}
	if (cut != 1)
		die("what is to be cut lies in no segment");
}

static size_t sections_n(void)
{
	return number(file + (wide ? offsetof(Elf64_Ehdr, e_shnum) :
			offsetof(Elf32_Ehdr, e_shnum)), 2);
}

static uint8_t *section(size_t i)
{
	return file + get(file, sections) + i * (wide ? sizeof(Elf64_Shdr) : sizeof(Elf32_Shdr));
}

/* What is between the section before `at` and `at` goes, too: it is there for the sake of a round
 * address. */
static uint64_t end_before(uint64_t at)
{
	uint64_t end = 0;

	for (size_t i = 0; i < sections_n(); i++) {
		uint64_t e = get(section(i), lies);
		if (number(section(i) + offsetof(Elf64_Shdr, sh_type), 4) != SHT_NOBITS)
			e += get(section(i), measures);
		if (e <= at && e > end)
			end = e;
	}
	return end;
}

static void cut_sections(uint64_t at, uint64_t size, uint64_t end)
{
	for (size_t i = 0; i < sections_n(); i++) {
		uint8_t *s = section(i);
		uint64_t begin = get(s, lies);
		if (begin == at && get(s, measures) == size) {
			s[offsetof(Elf64_Shdr, sh_type)] = SHT_NOBITS;	/* 32 bits: the same */
			put(s, lies, end);
		} else if (begin >= at + size) {
			put(s, lies, begin - (at + size - end));
		}
	}
	put(file, sections, get(file, sections) - (at + size - end));
}

int main(int argc, char **argv)
{
	if (argc != 6)
		die("usage: cut FILE OFFSET SIZE ROOM PACKED");
	size_t all = read_file(argv[1], file, sizeof file);
	size_t at = strtoul(argv[2], NULL, 16), size = strtoul(argv[3], NULL, 16);
	size_t room = strtoul(argv[4], NULL, 16);

	wide = file[EI_CLASS] == ELFCLASS64;
	if (all < sizeof(Elf64_Ehdr) || memcmp(file, ELFMAG, SELFMAG) != 0 || at + size > all ||
			get(file, sections) < at + size)
		die("this is no program, or ends before what is to be cut");
	size_t end = end_before(at), packed = read_file(argv[5], file + room + 4, end - room - 4);
	for (size_t i = 0; i < 4; i++)
		file[room + i] = (uint8_t)(packed >> 8 * i);
	cut_segments(at, end);
	cut_sections(at, size, end);
	memmove(file + end, file + at + size, all - at - size);
	all -= at + size - end;
	FILE *f = fopen(argv[1], "wb");
	if (f == NULL || fwrite(file, 1, all, f) != all || fclose(f) != 0)
		die("cannot write the program");
	return 0;
}
