/* The calls on files that Node makes, and LevelDB for what it does not do through stdio. */
#include "shim.h"

#include <fcntl.h>
#include <stdarg.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

static int is_there(const char *path) {
  struct stat status;
  return fstatat(AT_FDCWD, path, &status, AT_SYMLINK_NOFOLLOW) == 0;
}

static int open_inside(int at, const char *path, int flags, mode_t mode) {
  const char *within = inside(path);
  if (within == NULL) return (int)syscall(SYS_openat, at, path, flags, mode);
  struct strike what = strike(ON_OPEN, within, NULL);
  if (what.error) return -1;
  int creates = (flags & O_CREAT) != 0 && !is_there(path);
  int fd = (int)syscall(SYS_openat, at, path, flags, mode);
  if (fd >= 0) opened(fd, within, creates || (flags & O_TRUNC) != 0);
  if (fd >= 0 && creates) note_created(within);
  after(what);
  return fd;
}

#define MODE_AFTER(last)                                \
  mode_t mode = 0;                                      \
  if (((last) & O_CREAT) || ((last) & O_TMPFILE) == O_TMPFILE) { \
    va_list rest;                                       \
    va_start(rest, last);                               \
    mode = (mode_t)va_arg(rest, unsigned int);          \
    va_end(rest);                                       \
  }

int open(const char *path, int flags, ...) {
  MODE_AFTER(flags)
  return open_inside(AT_FDCWD, path, flags, mode);
}

int open64(const char *path, int flags, ...) {
  MODE_AFTER(flags)
  return open_inside(AT_FDCWD, path, flags, mode);
}

int openat(int at, const char *path, int flags, ...) {
  MODE_AFTER(flags)
  return open_inside(at, path, flags, mode);
}

int openat64(int at, const char *path, int flags, ...) {
  MODE_AFTER(flags)
  return open_inside(at, path, flags, mode);
}

int close(int fd) {
  closed(fd);
  return REAL(int, close, int)(fd);
}

/* `call` is made where nothing stops it; `at`: where in the file, or -1: where the descriptor is. */
#define WRITING(fd, bytes, place, call)                        \
  int file = file_of(fd);                                      \
  if (file == NO_FILE) return call;                            \
  struct strike what = strike(ON_WRITE, path_of(file), NULL);  \
  if (what.error) return -1;                                   \
  off_t at = (place) >= 0 ? (place) : lseek(fd, 0, SEEK_CUR);  \
  about_to_write(file, fd, at, bytes);                         \
  ssize_t done = call;                                         \
  if (done > 0) written(file, at, at + done);                  \
  after(what);                                                 \
  return done;

static size_t total(const struct iovec *parts, int count) {
  size_t bytes = 0;
  for (int index = 0; index < count; index += 1) bytes += parts[index].iov_len;
  return bytes;
}

ssize_t write(int fd, const void *from, size_t bytes) {
  WRITING(fd, bytes, (off_t)-1, (REAL(ssize_t, write, int, const void *, size_t)(fd, from, bytes)))
}

ssize_t writev(int fd, const struct iovec *parts, int count) {
  WRITING(fd, total(parts, count), (off_t)-1,
          (REAL(ssize_t, writev, int, const struct iovec *, int)(fd, parts, count)))
}

ssize_t pwrite(int fd, const void *from, size_t bytes, off_t place) {
  WRITING(fd, bytes, place,
          (REAL(ssize_t, pwrite, int, const void *, size_t, off_t)(fd, from, bytes, place)))
}

ssize_t pwrite64(int fd, const void *from, size_t bytes, off_t place) {
  WRITING(fd, bytes, place,
          (REAL(ssize_t, pwrite64, int, const void *, size_t, off_t)(fd, from, bytes, place)))
}

ssize_t pwritev64(int fd, const struct iovec *parts, int count, off_t place) {
  WRITING(fd, total(parts, count), place,
          (REAL(ssize_t, pwritev64, int, const struct iovec *, int, off_t)(fd, parts, count, place)))
}

#define READING(fd, call)                                     \
  int file = file_of(fd);                                     \
  if (file == NO_FILE) return call;                           \
  struct strike what = strike(ON_READ, path_of(file), NULL);  \
  if (what.error) return -1;                                  \
  ssize_t got = call;                                         \
  after(what);                                                \
  return got;

ssize_t read(int fd, void *to, size_t bytes) {
  READING(fd, (REAL(ssize_t, read, int, void *, size_t)(fd, to, bytes)))
}

ssize_t readv(int fd, const struct iovec *parts, int count) {
  READING(fd, (REAL(ssize_t, readv, int, const struct iovec *, int)(fd, parts, count)))
}

ssize_t pread(int fd, void *to, size_t bytes, off_t at) {
  READING(fd, (REAL(ssize_t, pread, int, void *, size_t, off_t)(fd, to, bytes, at)))
}

ssize_t pread64(int fd, void *to, size_t bytes, off_t at) {
  READING(fd, (REAL(ssize_t, pread64, int, void *, size_t, off_t)(fd, to, bytes, at)))
}

ssize_t preadv64(int fd, const struct iovec *parts, int count, off_t at) {
  READING(fd, (REAL(ssize_t, preadv64, int, const struct iovec *, int, off_t)(fd, parts, count, at)))
}

/* LevelDB maps its tables: what would fail as they are read fails here. */
static void *map(void *at, size_t bytes, int access, int flags, int fd, off_t from) {
  int file = file_of(fd);
  if (file != NO_FILE && strike(ON_READ, path_of(file), NULL).error) return MAP_FAILED;
  return (void *)syscall(SYS_mmap, at, bytes, access, flags, fd, from);
}

void *mmap(void *at, size_t bytes, int access, int flags, int fd, off_t from) {
  return map(at, bytes, access, flags, fd, from);
}

void *mmap64(void *at, size_t bytes, int access, int flags, int fd, off_t from) {
  return map(at, bytes, access, flags, fd, from);
}

static int sync_file(int fd, int (*really)(int)) {
  int file = file_of(fd);
  if (file == NO_FILE) return really(fd);
  struct strike what = strike(ON_SYNC, path_of(file), NULL);
  if (what.error) return -1;
  struct mark mark = before_sync(fd);
  int result = what.lie ? 0 : really(fd);
  if (result == 0 && !what.lie) synced(file, mark);
  after(what);
  return result;
}

int fsync(int fd) { return sync_file(fd, REAL(int, fsync, int)); }
int fdatasync(int fd) { return sync_file(fd, REAL(int, fdatasync, int)); }

int rename(const char *from, const char *to) {
  const char *old = inside(from);
  const char *new = inside(to);
  if (old == NULL || new == NULL) return REAL(int, rename, const char *, const char *)(from, to);
  struct strike what = strike(ON_RENAME, old, new);
  if (what.error) return -1;
  struct mark_of_name gone = keep(to);
  int result = REAL(int, rename, const char *, const char *)(from, to);
  if (result == 0) note_renamed(old, new, gone);
  else note_failed(gone);
  after(what);
  return result;
}

int unlink(const char *path) {
  const char *within = inside(path);
  if (within == NULL) return REAL(int, unlink, const char *)(path);
  struct strike what = strike(ON_UNLINK, within, NULL);
  if (what.error) return -1;
  struct mark_of_name gone = keep(path);
  int result = REAL(int, unlink, const char *)(path);
  if (result == 0) note_unlinked(within, gone);
  else note_failed(gone);
  after(what);
  return result;
}
