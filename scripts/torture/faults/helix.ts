/**
 * N19: each of three replicas is damaged, each in another place. Of one the log is damaged, and with it
 * its vote is gone; of another the state, with all that its log holds no more; of the third the
 * witness. All that was chosen is whole somewhere, so they come back by themselves.
 */
import type { DamageOptions } from '../damage/damage.ts';
import type { Fault, FaultContext } from '../fault.ts';
import type { TortureReplica } from '../replica.ts';
import { strikeStopped } from './damaged-files.ts';
import { whileAllStopped } from './disk-episode.ts';
import { type Held, readHeld } from './held.ts';
import { becomeVoters, stakingVotes } from './votes.ts';
import { drawPeriodMs } from './wholeness.ts';

export const HELIX: Fault = {
  name: 'helix',
  id: 'N19',
  title: 'Each of three replicas is damaged, each in another place',
  episode: stakingVotes(damageEach),
};

/** What each holds before it is damaged. */
export interface HeldByEach {
  readonly withoutLog: Held;
  readonly withoutState: Held;
  readonly withoutWitness: Held;
}

/**
 * Whether what is in one state alone, and in no log, is in another one too. The one without its log
 * applies nothing more; the one without its witness applies what its log knows to be chosen.
 */
export function isHeldTwice({ withoutLog, withoutState, withoutWitness }: HeldByEach): boolean {
  const { appliedUpTo, chosenUpTo } = withoutWitness;
  return Math.max(withoutLog.appliedUpTo, appliedUpTo, chosenUpTo) >= withoutState.trimmedUpTo;
}

type Damaging = Omit<DamageOptions, 'random'>;

async function damageEach(context: FaultContext): Promise<void> {
  // All of them start anew: there has to be something to be damaged, and some time to work.
  await context.lasts(drawPeriodMs(context.random));
  const [one, two, three] = context.random.shuffle(context.cluster.members());
  if (one === undefined || two === undefined || three === undefined) return;
  const places: readonly (readonly [TortureReplica, Damaging])[] = [
    [one, { what: 'flip', room: 'log', files: ['journal', 'table'] }],
    [two, { what: 'flip', room: 'state' }],
    [three, { what: 'zero', files: ['witness'] }],
  ];
  const struck = [one, two, three];
  await whileAllStopped(struck, async () => {
    const held = await Promise.all(struck.map(({ plan }) => readHeld(plan.directory)));
    const [withoutLog, withoutState, withoutWitness] = held;
    if (withoutLog === undefined || withoutState === undefined || withoutWitness === undefined) {
      return;
    }
    // One that was behind may lack what the one without its log has not applied as yet.
    const mayStrike = isHeldTwice({ withoutLog, withoutState, withoutWitness });
    if (!mayStrike || struck.some((replica) => replica.isRunning())) return;
    for (const [replica, damaging] of places) strikeStopped(context, replica, damaging);
  });
  await becomeVoters(context, struck);
}
