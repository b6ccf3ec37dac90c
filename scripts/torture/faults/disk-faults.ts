/** Faults of disks and clocks. */
import type { Fault } from '../fault.ts';
import { CLOCKS } from './clocks.ts';
import { DAMAGED_FILES, SHORT_FILES } from './damaged-files.ts';
import { DISK_ERRORS } from './disk-errors.ts';
import { EXACT_KILLS } from './exact-kills.ts';
import { FULL_DISK } from './full-disk.ts';
import { HELIX } from './helix.ts';
import { LOST_DISK, OLD_COPY } from './lost-disk.ts';
import { LYING_DISK } from './lying-disk.ts';
import { SLOW_DISK } from './slow-disk.ts';

export const DISK_FAULTS: readonly Fault[] = [
  CLOCKS,
  FULL_DISK,
  DISK_ERRORS,
  LYING_DISK,
  DAMAGED_FILES,
  SHORT_FILES,
  HELIX,
  LOST_DISK,
  OLD_COPY,
  SLOW_DISK,
  EXACT_KILLS,
];
