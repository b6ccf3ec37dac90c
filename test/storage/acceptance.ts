/** The acceptance suite: what every storage must do, whatever it is made of. */
import { describe } from 'vitest';
import { testDatabase } from './acceptance-database.ts';
import { testEpochs } from './acceptance-epochs.ts';
import { testAcceptorLog } from './acceptance-log.ts';
import { testSnapshot } from './acceptance-snapshot.ts';
import { testTrimming } from './acceptance-trim.ts';
import { testStateStore } from './acceptance-state.ts';
import type { Disk } from './disks.ts';

export function testStorage(name: string, makeDisk: () => Disk): void {
  describe(`storage on ${name}`, () => {
    testDatabase(makeDisk);
    testAcceptorLog(makeDisk);
    testEpochs(makeDisk);
    testTrimming(makeDisk);
    testStateStore(makeDisk);
    testSnapshot(makeDisk);
  });
}
