/** W10: all others at once, each slower, and most of it on few keys. */
import type { Workload } from '../workload.ts';
import { bankWorkload } from './bank.ts';
import { counterWorkload } from './counter.ts';
import { locksWorkload } from './locks.ts';
import type { Pace } from './pace.ts';
import { registerWorkload } from './register.ts';
import { setWorkload } from './set.ts';
import { staleReadsWorkload } from './stale-reads.ts';
import { transactionsWorkload } from './transactions.ts';
import { watchWorkload } from './watch.ts';

const MIX_PACE: Pace = { prefix: 'mix-', callsPerSecond: 30, isSkewed: true };

export function mixWorkload(): Workload {
  return {
    name: 'mix',
    id: 'W10',
    title: 'All workloads at once, on skewed keys',
    parts: [
      registerWorkload(MIX_PACE),
      transactionsWorkload(MIX_PACE),
      setWorkload(MIX_PACE),
      counterWorkload(MIX_PACE),
      bankWorkload(MIX_PACE),
      locksWorkload(MIX_PACE),
      watchWorkload(MIX_PACE),
      staleReadsWorkload(MIX_PACE),
    ],
    run: () => Promise.reject(new Error('its parts are run, each with a history of its own')),
    check: () => [],
  };
}
