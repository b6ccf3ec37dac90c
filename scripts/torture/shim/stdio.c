/* LevelDB reads and writes its logs, and writes its tables, through stdio, where the C library calls itself. */
#include "shim.h"

#include <fcntl.h>
#include <stdio_ext.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#undef fread_unlocked /* a macro of the C library's */

static FILE *open_stream(const char *path, const char *mode, FILE *(*really)(const char *, const char *)) {
  const char *within = inside(path);
  if (within == NULL) return really(path, mode);
  struct strike what = strike(ON_OPEN, within, NULL);
  if (what.error) return NULL;
  struct stat status;
  int creates = mode[0] != 'r' && fstatat(AT_FDCWD, path, &status, 0) != 0;
  FILE *stream = really(path, mode);
  if (stream != NULL) opened(fileno(stream), within, creates || mode[0] == 'w');
  if (stream != NULL && creates) note_created(within);
  after(what);
  return stream;
}

FILE *fopen(const char *path, const char *mode) {
  return open_stream(path, mode, REAL(FILE *, fopen, const char *, const char *));
}

FILE *fopen64(const char *path, const char *mode) {
  return open_stream(path, mode, REAL(FILE *, fopen64, const char *, const char *));
}

int fclose(FILE *stream) {
  closed(fileno(stream));
  return REAL(int, fclose, FILE *)(stream);
}

/* What it holds back is written here; without anything it is no write. */
static int flush(FILE *stream, int (*really)(FILE *)) {
  int file = stream == NULL ? NO_FILE : file_of(fileno(stream));
  if (file == NO_FILE || __fpending(stream) == 0) return really(stream);
  struct strike what = strike(ON_WRITE, path_of(file), NULL);
  if (what.error) return EOF;
  int result = really(stream);
  struct stat status;
  if (fstat(fileno(stream), &status) == 0) written(file, size_when_written(file), status.st_size);
  after(what);
  return result;
}

int fflush(FILE *stream) { return flush(stream, REAL(int, fflush, FILE *)); }
int fflush_unlocked(FILE *stream) { return flush(stream, REAL(int, fflush_unlocked, FILE *)); }

static size_t read_stream(void *to, size_t size, size_t count, FILE *stream,
                          size_t (*really)(void *, size_t, size_t, FILE *)) {
  int file = file_of(fileno(stream));
  if (file == NO_FILE) return really(to, size, count, stream);
  struct strike what = strike(ON_READ, path_of(file), NULL);
  if (what.error) return 0;
  size_t got = really(to, size, count, stream);
  after(what);
  return got;
}

size_t fread(void *to, size_t size, size_t count, FILE *stream) {
  return read_stream(to, size, count, stream, REAL(size_t, fread, void *, size_t, size_t, FILE *));
}

size_t fread_unlocked(void *to, size_t size, size_t count, FILE *stream) {
  return read_stream(to, size, count, stream,
                     REAL(size_t, fread_unlocked, void *, size_t, size_t, FILE *));
}
