import { expect, it } from 'vitest';
import { attemptsOf } from '../../src/verify/attempt.ts';
import { describeCall, Violations } from '../../src/verify/report.ts';
import { story } from './stories.ts';

it('counts all, and tells of the first, whatever the order in which they are found', () => {
  const calls = 1000;
  const text = Array.from({ length: calls }, (_, process) => `${process} invoke read`).join('\n');
  const attempts = attemptsOf(story(text));
  const violations = new Violations(['odd', 'even', 'none']);
  for (const attempt of attempts.toReversed()) {
    const kind = attempt.process % 2 === 0 ? 'even' : 'odd';
    violations.add(kind, attempt, () => `process ${attempt.process}`);
  }
  const { type, counts, findings } = violations.report({ calls });
  expect([type, counts]).toEqual(['failed', { calls, odd: 500, even: 500, none: 0 }]);
  expect(findings.map((finding) => finding.process)).toEqual([...Array(20).keys()]);
  expect(findings[1]).toEqual({ text: 'odd: process 1', atUs: 1, process: 1 });
});

it('says what became of a call', () => {
  const text = `0 invoke add 1 \n 1 invoke read \n 2 invoke read \n 0 ok add 1 \n 1 ok read [${'1,'.repeat(99)}1]
    0 invoke add 2 \n 0 fail add 2 !busy`;
  expect(attemptsOf(story(text)).map(describeCall)).toEqual([
    'process 0: add 1 (events 1 to 4)',
    `process 1: read -> [${'1,'.repeat(39)}1... (events 2 to 5)`,
    'process 2: read (event 3, unknown)',
    'process 0: add 2 (events 6 to 7, failed)',
  ]);
});
