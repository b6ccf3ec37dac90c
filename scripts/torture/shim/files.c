/*
 * What is known of each file: up to where it was really synced, where the last write was, and which
 * of its pages were saved before they were overwritten. The table is in the control file, so that it
 * outlives the process: what was not synced before SIGKILL is not synced after it either.
 */
#include "shim.h"

#include <fcntl.h>
#include <pthread.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

struct file {
  _Atomic uint32_t is_used;
  uint32_t hash;
  _Atomic uint64_t life; /* how many files had this place; a descriptor of an earlier one is stale */
  _Atomic uint64_t synced;
  _Atomic uint64_t last_at; /* of the last write */
  _Atomic uint64_t last_end;
  _Atomic uint64_t saved_pages; /* a bit each */
};
_Static_assert(sizeof(struct file) <= FILE_PATH_AT, "a file's numbers end before its path");

struct descriptor {
  _Atomic int file; /* plus one; 0: none of ours */
  uint64_t life;
  uint64_t inode;
};

#define DESCRIPTORS 65536
static struct descriptor descriptors[DESCRIPTORS];
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static struct file *file_at(int index) {
  return (struct file *)(control + FILES_AT + (size_t)index * FILE_BYTES);
}

static char *name_of(struct file *file) { return (char *)file + FILE_PATH_AT; }

static uint32_t hash_of(const char *path) {
  uint32_t hash = 2166136261u;
  for (; *path != '\0'; path += 1) hash = (hash ^ (unsigned char)*path) * 16777619u;
  return hash;
}

static int find(const char *path) {
  uint32_t hash = hash_of(path);
  for (int index = 0; index < FILES; index += 1) {
    struct file *file = file_at(index);
    if (file->is_used && file->hash == hash && strcmp(name_of(file), path) == 0) return index;
  }
  return NO_FILE;
}

static int add(const char *path, uint64_t synced) {
  if (strlen(path) >= FILE_PATH_BYTES) return NO_FILE;
  for (int index = 0; index < FILES; index += 1) {
    struct file *file = file_at(index);
    if (file->is_used) continue;
    file->life += 1;
    file->hash = hash_of(path);
    file->synced = synced;
    file->last_at = file->last_end = synced;
    file->saved_pages = 0;
    strcpy(name_of(file), path);
    file->is_used = 1;
    return index;
  }
  return NO_FILE;
}

/* A descriptor may have been closed by a way that is not seen here, and be of something else. */
int file_of(int fd) {
  if (control == NULL || fd < 0 || fd >= DESCRIPTORS) return NO_FILE;
  struct descriptor *descriptor = &descriptors[fd];
  int file = atomic_load_explicit(&descriptor->file, memory_order_acquire) - 1;
  if (file < 0) return NO_FILE;
  struct stat status;
  if (fstat(fd, &status) != 0 || status.st_ino != descriptor->inode) {
    descriptor->file = 0;
    return NO_FILE;
  }
  return file_at(file)->life == descriptor->life ? file : NO_FILE;
}

const char *path_of(int file) { return name_of(file_at(file)); }

void opened(int fd, const char *path, int is_new) {
  struct stat status;
  if (fd < 0 || fd >= DESCRIPTORS || fstat(fd, &status) != 0) return;
  pthread_mutex_lock(&lock);
  int file = find(path);
  if (file != NO_FILE && is_new) file_at(file)->synced = file_at(file)->saved_pages = 0;
  if (file == NO_FILE) file = add(path, is_new ? 0 : (uint64_t)status.st_size);
  if (file != NO_FILE) {
    descriptors[fd].life = file_at(file)->life;
    descriptors[fd].inode = status.st_ino;
    atomic_store_explicit(&descriptors[fd].file, file + 1, memory_order_release);
  }
  pthread_mutex_unlock(&lock);
}

void closed(int fd) {
  if (fd >= 0 && fd < DESCRIPTORS) descriptors[fd].file = 0;
}

static void save_page(int index, int fd, uint64_t page) {
  char bytes[PAGE_BYTES];
  ssize_t got = syscall(SYS_pread64, fd, bytes, (size_t)PAGE_BYTES, (off_t)(page * PAGE_BYTES));
  if (got <= 0) return;
  char path[4096];
  snprintf(path, sizeof path, "%s/pages/%d-%d", shim_folder, index, (int)page);
  int copy = (int)syscall(SYS_openat, AT_FDCWD, path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (copy < 0) return;
  if (syscall(SYS_write, copy, bytes, (size_t)got) == got)
    atomic_fetch_or(&file_at(index)->saved_pages, 1ull << page);
  syscall(SYS_close, copy);
}

void about_to_write(int index, int fd, off_t at, size_t bytes) {
  struct file *file = file_at(index);
  if (bytes == 0 || (uint64_t)at >= file->synced) return;
  int kept = errno;
  uint64_t last = ((uint64_t)at + bytes - 1) / PAGE_BYTES;
  for (uint64_t page = (uint64_t)at / PAGE_BYTES; page <= last && page < SAVED_PAGES; page += 1)
    if ((file->saved_pages & (1ull << page)) == 0) save_page(index, fd, page);
  errno = kept;
}

void written(int index, off_t at, off_t end) {
  struct file *file = file_at(index);
  file->last_at = (uint64_t)at;
  file->last_end = (uint64_t)end;
}

off_t size_when_written(int file) { return (off_t)file_at(file)->last_end; }

struct mark before_sync(int fd) {
  struct stat status;
  struct mark mark = {0, names_changed()};
  if (fstat(fd, &status) == 0) mark.size = status.st_size;
  return mark;
}

/* As on ext4: with any file, all names that changed before are there for good. */
void synced(int index, struct mark mark) {
  struct file *file = file_at(index);
  file->synced = (uint64_t)mark.size;
  file->saved_pages = 0;
  names_synced(mark.names);
}

off_t synced_bytes(const char *path) {
  pthread_mutex_lock(&lock);
  int file = find(path);
  off_t bytes = file == NO_FILE ? -1 : (off_t)file_at(file)->synced;
  pthread_mutex_unlock(&lock);
  return bytes;
}

void rename_file(const char *from, const char *to) {
  if (strlen(to) >= FILE_PATH_BYTES) return;
  pthread_mutex_lock(&lock);
  int old = find(to);
  if (old != NO_FILE) file_at(old)->is_used = 0;
  int file = find(from);
  if (file != NO_FILE) {
    strcpy(name_of(file_at(file)), to);
    file_at(file)->hash = hash_of(to);
  }
  pthread_mutex_unlock(&lock);
}

void forget_file(const char *path) {
  pthread_mutex_lock(&lock);
  int file = find(path);
  if (file != NO_FILE) file_at(file)->is_used = 0;
  pthread_mutex_unlock(&lock);
}
