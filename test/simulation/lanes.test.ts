import { describe, expect, test } from 'vitest';
import { drawLanes, type LanesOptions } from '../../src/simulation/lanes.ts';
import type { TracedEvent } from '../../src/simulation/trace-event.ts';
import { SAMPLE } from './trace-samples.ts';

const ALL: LanesOptions = {
  replicas: 3,
  width: undefined,
  maxLines: undefined,
  isComplete: false,
};

const STORY = `
(lines left out: 1)
        ms  R1     R2     R3     C1
       0.0  +                    |      R1 boot: life 1
       0.0  |      +             |      R2 boot: life 1
       1.0  |      |      +      |      R3 boot: life 1
       5.0  ======================      R3 is deaf                         -- R1>R3
       6.0  |<-------------------o      put k1='a'
       7.0  o------------x|      |      accept(3.1, slot 5, put k1='a', chosen up to 4) -- lost: cut
       9.0  o----->|      |      |      accept(3.1, slot 5, put k1='a', chosen up to 4)
      10.5  |      *      |      |      R2 on disk: accepted 3.1 in slot 5 -- CHOSEN in slot 5: (3.1, put k1='a')
      12.0  |<-----o      |      |      accepted(3.1, slot 5)              -- applies slot 5
      12.0  o------------------->|      ok
      20.0  #      |      |      |      R1 crash: its power fails
     200.0  o----->|      |      |      accept(3.1, slot 5, put k1='a', chosen up to 4) -- again; sent 193 ms ago
     200.0  ######################      VIOLATION of I1: agreement (slot 5)
`;

function draw(options: Partial<LanesOptions> = {}): readonly string[] {
  return drawLanes(SAMPLE, { ...ALL, ...options });
}

describe('a trace in lanes', () => {
  test('tells what arrives, what is lost, and what comes of it', () => {
    expect(draw().join('\n')).toBe(STORY.trim());
  });

  test('shows signs of life where all is asked for', () => {
    const lines = draw({ isComplete: true });
    expect(lines).toContain(
      '       9.0  o----->|      |      |      heartbeat(3.1, chosen up to 4)',
    );
    expect(lines).toHaveLength(draw().length);
    expect(lines[0]).toContain('R1     R2');
  });

  test('keeps the last lines, and says how many it leaves out', () => {
    const lines = draw({ maxLines: 2 });
    expect(lines).toEqual(['(lines left out: 12)', draw()[1], ...draw().slice(-2)]);
  });

  test('cuts lines at the width of the terminal', () => {
    const long = draw().filter((line) => line.length > 90);
    const lines = draw({ width: 90 });
    expect(long.length).toBeGreaterThan(0);
    expect(lines.every((line) => line.length <= 90)).toBe(true);
    expect(lines.filter((line) => line.endsWith('...'))).toHaveLength(long.length);
  });

  test('gives many clients one lane', () => {
    const asked = [7, 8, 9, 10].map((client): TracedEvent => {
      const operation = client;
      return { atMs: 1, event: { type: 'invoke', client, operation, replica: 2, text: 'get k' } };
    });
    const [heading, first] = drawLanes(asked, ALL);
    expect(heading).toMatch(/R3 {5}C$/);
    expect(first).toMatch(/ {8}<-{12}o {6}C7: get k$/);
  });

  test('refuses the arrival of what was never sent', () => {
    const strange: TracedEvent = {
      atMs: 1,
      event: { type: 'delivered', message: 9, repeated: false },
    };
    expect(() => drawLanes([strange], ALL)).toThrow('message 9 was never sent');
  });
});
