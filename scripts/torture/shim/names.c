/*
 * Names that came, changed and went since a sync. Each is a line of the journal, with its number:
 *
 *   N create PATH
 *   N rename KEPT SYNCED FROM TO
 *   N unlink KEPT SYNCED PATH
 *   N synced              all up to that number are there for good
 *
 * What loses its name is kept under another one, as a hard link, until it is gone for good. Where the
 * shim's folder is on another disk than the data nothing can be kept (KEPT is -1).
 */
#include "shim.h"

#include <fcntl.h>
#include <pthread.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

struct kept {
  _Atomic uint64_t next;
  _Atomic uint64_t first;
  _Atomic uint64_t names;
  _Atomic uint64_t last_synced;
  _Atomic uint64_t broken; /* a line is missing: nothing of it can be undone */
};

#define LINE_BYTES 1024
#define PATH_BYTES 4096

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static int journal = -1;

static struct kept *state(void) { return (struct kept *)(control + KEPT_AT); }

static void path_of_kept(char *path, uint64_t number) {
  snprintf(path, PATH_BYTES, "%s/kept/%llu", shim_folder, (unsigned long long)number);
}

/* Its lock is held. */
static void say(const char *line) {
  int kept = errno;
  if (journal < 0) {
    char path[PATH_BYTES];
    snprintf(path, sizeof path, "%s/journal", shim_folder);
    int flags = O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC;
    journal = (int)syscall(SYS_openat, AT_FDCWD, path, flags, 0600);
  }
  size_t bytes = strlen(line);
  if (syscall(SYS_write, journal, line, bytes) != (long)bytes) state()->broken = 1;
  errno = kept;
}

struct mark_of_name keep(const char *path) {
  struct mark_of_name mark = {-1, -1};
  pthread_mutex_lock(&lock);
  const char *within = inside(path);
  if (within == NULL) return mark;
  int kept = errno;
  uint64_t number = atomic_fetch_add(&state()->next, 1);
  char other[PATH_BYTES];
  path_of_kept(other, number);
  if (syscall(SYS_linkat, AT_FDCWD, path, AT_FDCWD, other, 0) == 0) mark.kept = (int64_t)number;
  mark.synced = synced_bytes(within);
  errno = kept;
  return mark;
}

void note_failed(struct mark_of_name gone) {
  int kept = errno;
  char path[PATH_BYTES];
  path_of_kept(path, (uint64_t)gone.kept);
  if (gone.kept >= 0) syscall(SYS_unlinkat, AT_FDCWD, path, 0);
  pthread_mutex_unlock(&lock);
  errno = kept;
}

void note_created(const char *path) {
  char line[LINE_BYTES];
  pthread_mutex_lock(&lock);
  unsigned long long number = atomic_fetch_add(&state()->names, 1) + 1;
  snprintf(line, sizeof line, "%llu create %s\n", number, path);
  say(line);
  pthread_mutex_unlock(&lock);
}

void note_renamed(const char *from, const char *to, struct mark_of_name gone) {
  char line[LINE_BYTES];
  unsigned long long number = atomic_fetch_add(&state()->names, 1) + 1;
  snprintf(line, sizeof line, "%llu rename %lld %lld %s %s\n", number, (long long)gone.kept,
           (long long)gone.synced, from, to);
  say(line);
  pthread_mutex_unlock(&lock);
  rename_file(from, to);
}

void note_unlinked(const char *path, struct mark_of_name gone) {
  char line[LINE_BYTES];
  unsigned long long number = atomic_fetch_add(&state()->names, 1) + 1;
  snprintf(line, sizeof line, "%llu unlink %lld %lld %s\n", number, (long long)gone.kept,
           (long long)gone.synced, path);
  say(line);
  pthread_mutex_unlock(&lock);
  forget_file(path);
}

uint64_t names_changed(void) { return state()->names; }

/* Where nothing has changed since, nothing needs to be remembered of what was before. */
static void forget_all(void) {
  char path[PATH_BYTES];
  for (uint64_t number = state()->first; number < state()->next; number += 1) {
    path_of_kept(path, number);
    syscall(SYS_unlinkat, AT_FDCWD, path, 0);
  }
  state()->first = state()->next;
  if (journal >= 0 && syscall(SYS_ftruncate, journal, 0L) == 0) state()->broken = 0;
}

void names_synced(uint64_t up_to) {
  if (up_to <= state()->last_synced) return;
  char line[LINE_BYTES];
  int kept = errno;
  pthread_mutex_lock(&lock);
  state()->last_synced = up_to;
  snprintf(line, sizeof line, "%llu synced\n", (unsigned long long)up_to);
  say(line);
  if (up_to == state()->names) forget_all();
  pthread_mutex_unlock(&lock);
  errno = kept;
}
