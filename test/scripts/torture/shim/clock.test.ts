/** Clocks that are wrong, for a process that runs. */
import { describe, expect, it } from 'vitest';
import type { ChildProcess } from 'node:child_process';
import { isMissing, shimmed } from './shimmed.ts';

const DAY_MS = 86_400_000;
/** This machine may be busy between two looks at a clock. */
const SLACK_MS = 5_000;

/** Answers each byte with its clocks. */
const CLOCKS = `
  process.stdin.on('data', () => {
    const clocks = { wall: Date.now(), monotonic: Number(process.hrtime.bigint()) / 1e6 };
    console.log(JSON.stringify(clocks));
  });`;

interface Errors {
  readonly wall: number;
  readonly monotonic: number;
}

/** How far its clocks are from those of this process, in ms. */
async function errorsOf(child: ChildProcess): Promise<Errors> {
  const answered = new Promise<string>((resolve) => {
    child.stdout?.once('data', (bytes: Buffer) => resolve(bytes.toString()));
  });
  child.stdin?.write('?');
  const { wall, monotonic } = clocksOf(JSON.parse(await answered));
  return { wall: wall - Date.now(), monotonic: monotonic - Number(process.hrtime.bigint()) / 1e6 };
}

function clocksOf(parsed: Errors): Errors {
  return parsed;
}

describe.skipIf(isMissing)('the clocks', () => {
  it('are stepped apart, while the process runs', async () => {
    const { shim, start } = shimmed();
    const child = start(CLOCKS);
    const honest = await errorsOf(child);
    expect(Math.abs(honest.wall)).toBeLessThan(SLACK_MS);
    shim.clocks.step('wall', -3 * DAY_MS);
    const back = await errorsOf(child);
    expect(Math.abs(back.wall + 3 * DAY_MS)).toBeLessThan(SLACK_MS);
    expect(Math.abs(back.monotonic)).toBeLessThan(SLACK_MS);
    shim.clocks.step('monotonic', DAY_MS);
    const forth = await errorsOf(child);
    expect(Math.abs(forth.monotonic - DAY_MS)).toBeLessThan(SLACK_MS);
    shim.clocks.honest();
    const after = await errorsOf(child);
    expect(Math.abs(after.wall)).toBeLessThan(SLACK_MS);
    expect(Math.abs(after.monotonic - DAY_MS)).toBeLessThan(SLACK_MS);
  });

  it('run at other rates, and keep what they gained', async () => {
    const { shim, start } = shimmed();
    const child = start(CLOCKS);
    await errorsOf(child);
    shim.clocks.rate('wall', 100_000);
    const first = await errorsOf(child);
    const second = await errorsOf(child);
    expect(second.wall).toBeGreaterThan(first.wall);
    shim.clocks.rate('wall', 1);
    const kept = shim.clocks.errorMs('wall');
    expect(kept).toBeGreaterThan(second.wall - SLACK_MS);
    expect(Math.abs((await errorsOf(child)).wall - kept)).toBeLessThan(SLACK_MS);
  });

  it('never go back where they are monotonic', async () => {
    const { shim } = shimmed();
    expect(() => shim.clocks.step('monotonic', -1)).toThrow('never goes back');
  });
});
