/**
 * LevelDB passes over a damaged piece of its journal in silence. A log without a slot that it says is
 * chosen makes its replica suspect, also where its chain is not walked so far back.
 */
import { expect, test } from 'vitest';
import { DEFAULT_LOG_MARGINS } from '../../src/storage/log-margins.ts';
import { CalmWorld, put } from './calm-world.ts';

const LIMIT_MS = 60_000;
const WRITES = 20;
/** The state wants all of them from the log. */
const FLUSH_MS = 5_000;

test.each([0, 1e9])(
  'a piece of the log is gone, whose chain is walked for %i bytes',
  (chainBytes) => {
    const logMargins = { ...DEFAULT_LOG_MARGINS, chainBytes };
    const world = new CalmWorld(3, { flushMs: FLUSH_MS, logMargins }).start();
    for (let at = 0; at < WRITES; at += 1) {
      const [outcome] = world.answered(world.write(world.leader, put(`k${at}`)));
      expect(outcome?.type).toBe('applied');
    }
    const [follower = 0] = world.followers;
    const replica = world.replica(follower);
    const isTold = (): boolean => (replica.host?.status().chosenUpTo ?? 0) >= WRITES;
    world.until(isTold, 'all that is chosen');
    const { incarnation } = replica.directory;
    replica.crash('kill');
    replica.disk.loseSlots(5, 8);
    world.ghost.forget(follower);
    replica.start();
    const isBack = (): boolean =>
      replica.directory.incarnation !== incarnation && replica.host?.status().ready === true;
    world.until(isBack, 'a replica that was let in again', LIMIT_MS);
    const told = world.ghost.recent.filter((line) => line.includes('"suspect"'));
    expect(told).toHaveLength(1);
    expect(new TextDecoder().decode(world.host(follower).store.item('k7')?.value)).toBe('value');
  },
);
