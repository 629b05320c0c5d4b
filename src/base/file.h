/* file.h: files that appear under their names when all of them is on the disk, and not before:
 * whoever reads one, also behind a crash, finds what was there or what was to be there. Where one
 * says false, errno tells why. */
#ifndef BASE_FILE_H
#define BASE_FILE_H

#include "base/base.h"

#define FILE_PATH 520

/* Opens PATH.part, for its owner alone; nothing else may write PATH meanwhile. -1: it cannot. */
MUST_CHECK int file_begin(const char *path, char part[static FILE_PATH]);
/* Takes the descriptor (or its -1) back. whole: all was written; then it becomes PATH, else it
 * goes. False with PATH replaced all the same: its folder could not be synced. */
MUST_CHECK bool file_end(int fd, bool whole, const char *part, const char *path);
/* The two, around a few bytes. */
MUST_CHECK bool file_put(const char *path, struct str data);
/* What was renamed, made and removed in a folder reaches the disk. */
MUST_CHECK bool file_sync_folder(const char *folder);
/* The folder in which the path is. */
MUST_CHECK bool file_sync_above(const char *path);

#endif
