import { expect, test } from 'vitest';
import { WrongAnswer } from '../../../../scripts/torture/client.ts';
import { counterWorkload } from '../../../../scripts/torture/workloads/counter.ts';
import { memoryRun, type MemoryRun } from './memory-run.ts';

const EVENTS = 60;

/** Each write that is answered so took effect, as where an answer is lost. */
function loseAnswers({ replica }: MemoryRun, everyTh: number): void {
  const write = replica.write.bind(replica);
  let writes = 0;
  replica.write = (operation, options, done) => {
    const isLost = writes++ % everyTh === 0;
    write(operation, options, (outcome) =>
      done(isLost ? { type: 'unknown', reason: 'leaderLost' } : outcome),
    );
  };
}

test('an addition whose answer was lost is sent again, and counts once', async () => {
  const one = await memoryRun();
  loseAnswers(one, 3);
  const workload = counterWorkload();
  await one.run(workload, EVENTS);
  const [check] = workload.check(one.recorder.events, true);
  expect(check).toMatchObject({ result: 'passed', findings: [] });
  const additions = one.recorder.events.filter(({ f, type }) => f === 'add' && type === 'ok');
  expect(additions.length).toBeGreaterThan(10);
  expect(one.replica.writes).toBeGreaterThan(additions.length);
});

test('without keys it counts twice, and that is found', async () => {
  const one = await memoryRun(['noIdempotency']);
  loseAnswers(one, 3);
  const workload = counterWorkload();
  await one.run(workload, EVENTS);
  const [check] = workload.check(one.recorder.events, true);
  expect(check?.result).toBe('failed');
  expect(check?.findings[0]?.atUs).toBeTypeOf('number');
});

test('a repetition that is answered otherwise ends the run', async () => {
  const one = await memoryRun();
  const write = one.replica.write.bind(one.replica);
  one.replica.write = (operation, options, done) =>
    write(operation, { ...options, once: undefined }, done);
  await expect(one.run(counterWorkload(), 10 * EVENTS)).rejects.toThrow(WrongAnswer);
});
