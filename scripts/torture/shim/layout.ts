/**
 * The control file, which the process under the shim has mapped, and which is written to from here
 * while it runs. The library is compiled with these very numbers. All are little-endian.
 *
 *   CLOCK_AT   which of the settings counts (8 bytes), then the settings: for the wall clock, then
 *              for the monotonic one, offset in ns, since when in ns, rate in parts per 10^9 too much
 *   RULES_AT   what becomes of calls
 *   KEPT_AT    of names.c, 8 bytes each: the next number of a file that is kept; the first that is there;
 *              how many names were changed so far, and how many of these are there for good;
 *              whether a line of the journal is missing
 *   FILES_AT   what is known of each file
 */
export const CLOCK_AT = 0;
export const CLOCK_SETTINGS = 32;
export const CLOCK_SETTING_BYTES = 64;

export const RULES_AT = 4096;
export const RULES = 16;
export const RULE_BYTES = 256;
export const RULE_PATH_AT = 64;
export const RULE_PATH_BYTES = 128;

export const KEPT_AT = 12_288;

export const FILES_AT = 16_384;
export const FILES = 4096;
export const FILE_BYTES = 256;
export const FILE_PATH_AT = 64;
export const FILE_PATH_BYTES = 160;

export const CONTROL_BYTES = FILES_AT + FILES * FILE_BYTES;

/** What is saved of a file that is overwritten before it is synced; only of its first so many pages. */
export const PAGE_BYTES = 4096;
export const SAVED_PAGES = 64;

export const OPERATIONS = { write: 1, sync: 2, read: 4, rename: 8, open: 16, unlink: 32 } as const;
export const ACTIONS = {
  error: 1,
  sleep: 2,
  hang: 3,
  lie: 4,
  killBefore: 5,
  killAfter: 6,
} as const;

/** As the compiler is told them. */
export function definitions(): readonly string[] {
  const numbers = {
    CLOCK_AT,
    CLOCK_SETTINGS,
    CLOCK_SETTING_BYTES,
    RULES_AT,
    RULES,
    RULE_BYTES,
    RULE_PATH_AT,
    RULE_PATH_BYTES,
    KEPT_AT,
    FILES_AT,
    FILES,
    FILE_BYTES,
    FILE_PATH_AT,
    FILE_PATH_BYTES,
    CONTROL_BYTES,
    PAGE_BYTES,
    SAVED_PAGES,
    ...prefixed('ON_', OPERATIONS),
    ...prefixed('DO_', ACTIONS),
  };
  return Object.entries(numbers).map(([name, value]) => `-D${name}=${value}`);
}

function prefixed(prefix: string, table: Readonly<Record<string, number>>): Record<string, number> {
  return Object.fromEntries(
    Object.entries(table).map(([name, value]) => [`${prefix}${name.toUpperCase()}`, value]),
  );
}
