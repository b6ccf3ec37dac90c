#include "shim.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#define FOLDER_BYTES 3072

char *control = NULL;
char shim_folder[FOLDER_BYTES];
static char data[FOLDER_BYTES];
static size_t data_bytes;

__attribute__((constructor)) static void begin(void) {
  const char *folder = getenv("TORTURE_SHIM_FOLDER");
  const char *directory = getenv("TORTURE_SHIM_DATA");
  if (folder == NULL || directory == NULL) return;
  if (strlen(folder) + 64 > FOLDER_BYTES || strlen(directory) + 1 > FOLDER_BYTES) return;
  strcpy(shim_folder, folder);
  strcpy(data, directory);
  data_bytes = strlen(data);
  char path[FOLDER_BYTES + 16];
  snprintf(path, sizeof path, "%s/control", folder);
  int fd = (int)syscall(SYS_openat, AT_FDCWD, path, O_RDWR | O_CLOEXEC);
  if (fd < 0) return;
  void *mapped = (void *)syscall(SYS_mmap, NULL, (size_t)CONTROL_BYTES, PROT_READ | PROT_WRITE,
                                 MAP_SHARED, fd, 0L);
  syscall(SYS_close, fd);
  if (mapped != MAP_FAILED) control = mapped;
}

const char *inside(const char *path) {
  if (control == NULL || path == NULL) return NULL;
  if (strncmp(path, data, data_bytes) != 0) return NULL;
  if (path[data_bytes] == '\0') return path + data_bytes;
  return path[data_bytes] == '/' ? path + data_bytes + 1 : NULL;
}
