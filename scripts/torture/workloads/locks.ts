/**
 * W6: locks and leases. Half the clients hold locks, half keep leases with keys. A fence is higher
 * for each holder than for all before, and nothing that is renewed in time is taken away.
 */
import { checkLock } from '../../../src/verify/lock.ts';
import { DEFAULT_CLOCKS } from '../../../src/verify/tenure.ts';
import type { Workload } from '../workload.ts';
import { checkEnough, checkPromise } from './history-check.ts';
import { useLease } from './lease-clients.ts';
import { useLock } from './lock-clients.ts';
import { USUAL_PACE, type Pace } from './pace.ts';
import { runWorkers } from './worker.ts';

/** Holders mostly wait. */
const CLIENTS_PER_REPLICA = 6;
const LEAST = { acquire: 10, write: 20, renew: 5, grant: 10, present: 20 };

export function locksWorkload(pace: Pace = USUAL_PACE): Workload {
  const name = `${pace.prefix}locks`;
  return {
    name,
    id: 'W6',
    title: 'Fences rise, and leases live while they are renewed',
    run: (context) => {
      let leases = 0;
      const options = { pace, clientsPerReplica: CLIENTS_PER_REPLICA };
      return runWorkers(context, options, async (worker) => {
        if (worker.index % 2 === 0) await useLock(worker, name, pace);
        else await useLease(worker, `${name}/lease-${leases++}`);
      });
    },
    check: (events, isLenient, driftPerMille = DEFAULT_CLOCKS.driftPerMille) => [
      checkPromise(
        `${name}: fences rise, and nothing ends early`,
        checkLock(events, { driftPerMille }),
      ),
      checkEnough(events, { name, least: LEAST, pace, isLenient }),
    ],
  };
}
