/* Which calls are struck, and what becomes of them. */
#include "shim.h"

#include <signal.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

struct rule {
  _Atomic uint32_t is_on; /* written last, and cleared first */
  uint32_t operations;
  uint32_t action;
  int32_t error;
  uint64_t skip;         /* so many calls pass before the first that is struck */
  uint64_t times;        /* 0: for ever */
  uint64_t micros;
  _Atomic uint64_t seen; /* counted here */
  _Atomic uint64_t struck;
};
_Static_assert(sizeof(struct rule) <= RULE_PATH_AT, "a rule's numbers end before its path");

#define HANG_LOOK_US 2000

static struct rule *rule_at(int index) {
  return (struct rule *)(control + RULES_AT + index * RULE_BYTES);
}

static void die(void) {
  syscall(SYS_kill, (long)getpid(), (long)SIGKILL);
  for (;;) pause();
}

static void sleep_us(uint64_t micros) {
  struct timespec left = {(time_t)(micros / 1000000), (long)(micros % 1000000) * 1000};
  while (syscall(SYS_nanosleep, &left, &left) != 0 && errno == EINTR) {
  }
}

static int matches(struct rule *rule, int operation, const char *path, const char *other) {
  if (!atomic_load(&rule->is_on) || (rule->operations & (uint32_t)operation) == 0) return 0;
  const char *part = (const char *)rule + RULE_PATH_AT;
  return strstr(path, part) != NULL || (other != NULL && strstr(other, part) != NULL);
}

/* Counts the call, and says whether it is one of those that are struck. */
static int is_struck(struct rule *rule) {
  if (atomic_fetch_add(&rule->seen, 1) < rule->skip) return 0;
  uint64_t before = atomic_fetch_add(&rule->struck, 1);
  if (rule->times == 0 || before < rule->times) return 1;
  atomic_fetch_sub(&rule->struck, 1);
  return 0;
}

struct strike strike(int operation, const char *path, const char *other) {
  struct strike what = {0, 0, 0};
  if (control == NULL || path == NULL) return what;
  int kept = errno;
  for (int index = 0; index < RULES; index += 1) {
    struct rule *rule = rule_at(index);
    if (!matches(rule, operation, path, other) || !is_struck(rule)) continue;
    switch (rule->action) {
      case DO_ERROR: what.error = rule->error; break;
      case DO_SLEEP: sleep_us(rule->micros); break;
      case DO_HANG: while (atomic_load(&rule->is_on)) sleep_us(HANG_LOOK_US); break;
      case DO_LIE: what.lie = 1; break;
      case DO_KILLBEFORE: die(); break;
      case DO_KILLAFTER: what.kill_after = 1; break;
    }
  }
  errno = what.error != 0 ? what.error : kept;
  return what;
}

void after(struct strike what) {
  if (what.kill_after) die();
}
