/* Clocks that are set wrong, or run at another rate. */
#include "shim.h"

#include <sys/time.h>
#include <time.h>

struct clock {
  int64_t offset_ns;
  int64_t since_ns; /* of the true monotonic clock */
  int64_t excess;   /* parts per 10^9 that it is too fast, since then */
};
struct setting {
  struct clock wall;
  struct clock monotonic;
};
_Static_assert(sizeof(struct setting) <= CLOCK_SETTING_BYTES, "a setting has its place");

#define NS 1000000000LL

static _Atomic int64_t last_monotonic;

static int real_time(clockid_t id, struct timespec *time) {
  return REAL(int, clock_gettime, clockid_t, struct timespec *)(id, time);
}

/* They are written in turn: one that is read is not being written. */
static const struct setting *current(void) {
  if (control == NULL) return NULL;
  uint64_t index = atomic_load((_Atomic uint64_t *)(control + CLOCK_AT));
  if (index == 0) return NULL;
  const char *first = control + CLOCK_AT + CLOCK_SETTING_BYTES;
  return (const struct setting *)(first + index % CLOCK_SETTINGS * CLOCK_SETTING_BYTES);
}

static int64_t error_of(const struct clock *clock) {
  if (clock->excess == 0) return clock->offset_ns;
  struct timespec now;
  real_time(CLOCK_MONOTONIC, &now);
  __int128 since = (__int128)now.tv_sec * NS + now.tv_nsec - clock->since_ns;
  return clock->offset_ns + (int64_t)(since * clock->excess / NS);
}

static int64_t never_back(int64_t ns) {
  int64_t last = atomic_load(&last_monotonic);
  while (ns > last && !atomic_compare_exchange_weak(&last_monotonic, &last, ns)) {
  }
  return ns > last ? ns : last;
}

static int is_wall(clockid_t id) { return id == CLOCK_REALTIME || id == CLOCK_REALTIME_COARSE; }

static int is_monotonic(clockid_t id) {
  return id == CLOCK_MONOTONIC || id == CLOCK_MONOTONIC_COARSE || id == CLOCK_MONOTONIC_RAW ||
         id == CLOCK_BOOTTIME;
}

int clock_gettime(clockid_t id, struct timespec *time) {
  const struct setting *setting = current();
  if (setting == NULL || (!is_wall(id) && !is_monotonic(id))) return real_time(id, time);
  /* A coarse clock is some ms behind: of one that must not go back there can be but one. */
  int result = real_time(is_wall(id) ? id : CLOCK_MONOTONIC, time);
  if (result != 0) return result;
  int64_t ns = (int64_t)time->tv_sec * NS + time->tv_nsec;
  ns += error_of(is_wall(id) ? &setting->wall : &setting->monotonic);
  if (is_monotonic(id)) ns = never_back(ns);
  if (ns < 0) ns = 0;
  time->tv_sec = ns / NS;
  time->tv_nsec = ns % NS;
  return 0;
}

int gettimeofday(struct timeval *restrict time, void *restrict zone) {
  if (current() == NULL)
    return REAL(int, gettimeofday, struct timeval *, void *)(time, zone);
  struct timespec now;
  if (clock_gettime(CLOCK_REALTIME, &now) != 0) return -1;
  time->tv_sec = now.tv_sec;
  time->tv_usec = now.tv_nsec / 1000;
  return 0;
}

time_t time(time_t *where) {
  struct timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  if (where != NULL) *where = now.tv_sec;
  return now.tv_sec;
}
