/*
 * Loaded before a replica's own libraries. It stands between the process and the C library for the
 * files below one directory, and for the clocks. Numbers in capitals come from layout.ts.
 *
 *   TORTURE_SHIM_FOLDER   has the control file; journal, kept files and saved pages go there
 *   TORTURE_SHIM_DATA     the directory whose files are meant
 */
#ifndef SHIM_H
#define SHIM_H

#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <dlfcn.h>
#include <errno.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/types.h>

/* The function of that name which would have been called without this library. */
#define REAL(type, name, ...)                                                   \
  ({                                                                            \
    static _Atomic(void *) real_##name;                                         \
    void *found_##name = atomic_load_explicit(&real_##name, memory_order_relaxed); \
    if (found_##name == NULL) {                                                 \
      found_##name = dlsym(RTLD_NEXT, #name);                                   \
      atomic_store_explicit(&real_##name, found_##name, memory_order_relaxed);  \
    }                                                                           \
    ((type(*)(__VA_ARGS__))found_##name);                                       \
  })

/* shim.c: NULL where the process does not run under control. */
extern char *control;
extern char shim_folder[];
/* Of a path below the data directory, what stands after that; else NULL. */
const char *inside(const char *path);

/* rules.c */
struct strike {
  int error;      /* of errno; 0: the call goes on */
  int lie;        /* the call does nothing, and says that it did */
  int kill_after; /* the process dies when the call has returned */
};
struct strike strike(int operation, const char *path, const char *other);
void after(struct strike what);

/* files.c: what a descriptor is of; every call is safe for one that is none of ours. */
#define NO_FILE (-1)
int file_of(int fd);
const char *path_of(int file);
void opened(int fd, const char *path, int is_new);
void closed(int fd);
void about_to_write(int file, int fd, off_t at, size_t bytes);
void written(int file, off_t at, off_t end);
off_t size_when_written(int file);
struct mark {
  off_t size;
  uint64_t names;
};
struct mark before_sync(int fd);
void synced(int file, struct mark mark);

/*
 * names.c: the journal of names that came and went, until a sync makes them last. `keep` comes before
 * the call that takes a name, and one of `note_renamed`, `note_unlinked` and `note_failed` after it,
 * by the same thread: nothing else is noted meanwhile.
 */
struct mark_of_name {
  int64_t kept; /* the number of the file that is kept; -1: there was none, or it cannot be kept */
  off_t synced;
};
struct mark_of_name keep(const char *path);
void note_created(const char *path);
void note_renamed(const char *from, const char *to, struct mark_of_name gone);
void note_unlinked(const char *path, struct mark_of_name gone);
void note_failed(struct mark_of_name gone);
uint64_t names_changed(void);
void names_synced(uint64_t up_to);

/* files.c, for names.c */
off_t synced_bytes(const char *path);
void rename_file(const char *from, const char *to);
void forget_file(const char *path);

#endif
