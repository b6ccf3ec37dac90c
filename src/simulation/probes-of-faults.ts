/** Probes of what the world does: which kinds of choices it made, and what stays broken. */
import { CHOICE_KINDS, type ChoiceKind, type Choices } from './choices.ts';
import type { ProbeName, Probes } from './probes.ts';

/** Not of those that may come to nothing: these are seen where they strike. */
const MADE: { readonly [Kind in ChoiceKind]?: ProbeName } = {
  loss: 'faultLoss',
  duplicate: 'faultDuplicate',
  delay: 'faultDelay',
  crash: 'faultCrash',
  tornWrite: 'faultTornWrite',
  lateStart: 'faultLateStart',
  close: 'faultClose',
  transfer: 'faultTransfer',
  pause: 'faultPause',
  clockRate: 'faultClockRate',
  clockJump: 'faultClockJump',
  standstill: 'faultStandstill',
  wallStep: 'faultWallStep',
  closedLinks: 'faultClosedLinks',
  lateHandOver: 'faultLateHandOver',
  diskDelay: 'faultDiskDelay',
  hungDisk: 'faultHungDisk',
  stop: 'faultStop',
  noRoom: 'faultNoRoom',
};

/** At the end of a world. */
export function faultsMade(probes: Probes, choices: Choices): void {
  for (const kind of CHOICE_KINDS) {
    const probe = MADE[kind];
    if (probe !== undefined && choices.made(kind).length > 0) probes.reached(probe);
  }
}
