/** Of the kinds of choices whose probes say that they were made, or that they struck. */
import type { ChoiceKind } from '../../src/simulation/choices.ts';
import type { ProbeName } from '../../src/simulation/probes.ts';

export const PROBES_OF: readonly (readonly [ChoiceKind, readonly ProbeName[]])[] = [
  ['loss', ['faultLoss']],
  ['duplicate', ['faultDuplicate', 'copyInLaterLife']],
  ['crash', ['faultCrash']],
  ['pause', ['faultPause']],
  ['close', ['faultClose', 'closedWell']],
  ['cut', ['cutHalves', 'cutBridge', 'cutQuorumLoss', 'cutConstrainedElection', 'cutSwizzle']],
  ['flap', ['cutFlapping']],
  ['helix', ['faultHelix']],
  ['farLinks', ['farReads']],
];
