/** All planted bugs: those of the list, by its names, and our own. */
import { BALLOTS } from './catalogue/ballots.ts';
import { COMPACTION } from './catalogue/compaction.ts';
import { DISK_AND_PROCESS } from './catalogue/disk-and-process.ts';
import { DURABILITY } from './catalogue/durability.ts';
import { EPOCHS } from './catalogue/epochs.ts';
import { LEASES } from './catalogue/leases.ts';
import { LIFETIMES } from './catalogue/lifetimes.ts';
import { LOG } from './catalogue/log.ts';
import { OFFICE } from './catalogue/office.ts';
import { OWN_CONSENSUS } from './catalogue/own-consensus.ts';
import { OWN_DISKS } from './catalogue/own-disks.ts';
import { OWN_REPLICA } from './catalogue/own-replica.ts';
import { OWN_STORAGE } from './catalogue/own-storage.ts';
import { QUORUMS } from './catalogue/quorums.ts';
import { READS } from './catalogue/reads.ts';
import { STATE } from './catalogue/state.ts';
import { WATCHES } from './catalogue/watches.ts';
import type { Mutant, Omission } from './mutant.ts';

export const CATALOGUE: readonly Mutant[] = [
  ...BALLOTS,
  ...DURABILITY,
  ...QUORUMS,
  ...LOG,
  ...OFFICE,
  ...EPOCHS,
  ...READS,
  ...LEASES,
  ...STATE,
  ...COMPACTION,
  ...DISK_AND_PROCESS,
  ...OWN_CONSENSUS,
  ...OWN_DISKS,
  ...OWN_REPLICA,
  ...OWN_STORAGE,
  ...WATCHES,
  ...LIFETIMES,
].toSorted((a, b) => a.id.localeCompare(b.id, 'en', { numeric: true }));

export const OMISSIONS: readonly Omission[] = [
  { ids: 'M76', reason: 'there is no authorization at apply' },
  { ids: 'M89', reason: 'it is the bug of M107, under another number' },
  {
    ids: 'M93',
    reason: 'a removed replica serves its log for as long as it runs: nothing retires it',
  },
  {
    ids: 'M94',
    reason:
      'where members come and go, all heal in the end: a voter that was not there stops nothing for good',
  },
  {
    ids: 'O72, a disk that hangs is noticed neither under the read of a snapshot nor by a probe',
    reason:
      'only a leader that has nothing to write gives it away, too seldom: in none of 20,028 seeds; unit tests hold both',
  },
  {
    ids: 'O122, a leader takes a lease again in the ballot of a hand-over that came to nothing',
    reason: 'the one that it called would have to come back just then; a unit test holds it',
  },
];
