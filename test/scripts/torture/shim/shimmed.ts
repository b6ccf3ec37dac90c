/** Small Node scripts under the shim, with a data directory and a folder that go with the test. */
import { spawn, type ChildProcess } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { shimMissing } from '../../../../scripts/torture/shim/build.ts';
import { Shim } from '../../../../scripts/torture/shim/shim.ts';

const missing = await shimMissing();
if (missing !== undefined) console.error(`SKIPPED: ${missing}`);
export const isMissing = missing !== undefined;

export interface Ran {
  /** The exit code, or the signal. */
  readonly how: number | string | null;
  readonly out: string;
}

export interface Shimmed {
  readonly shim: Shim;
  /** Its data directory. */
  readonly data: string;
  /** Runs an ES module, in which `fs` and `data` are there, to its end. */
  readonly run: (script: string) => Promise<Ran>;
  /** The same, while it runs. */
  readonly start: (script: string) => ChildProcess;
}

const PREAMBLE = `import fs from 'node:fs'; const data = process.env.TORTURE_SHIM_DATA;`;

export function shimmed(): Shimmed {
  const folder = mkdtempSync(join(tmpdir(), 'synod-shim-'));
  const data = join(folder, 'data');
  mkdirSync(data);
  const shim = new Shim(join(folder, 'shim'), data);
  onTestFinished(() => {
    shim.close();
    rmSync(folder, { recursive: true, force: true });
  });
  const start = (script: string): ChildProcess => {
    const environment = { ...process.env, ...shim.environment() };
    const args = ['--input-type=module', '-e', `${PREAMBLE}\n${script}`];
    const child = spawn(process.execPath, args, { env: environment, cwd: process.cwd() });
    onTestFinished(() => void child.kill('SIGKILL'));
    return child;
  };
  return {
    shim,
    data,
    start,
    run: (script) => end(start(script)),
  };
}

export async function end(child: ChildProcess): Promise<Ran> {
  let out = '';
  child.stdout?.setEncoding('utf8').on('data', (text: string) => (out += text));
  child.stderr?.setEncoding('utf8').on('data', (text: string) => (out += text));
  const how = await new Promise<number | string | null>((resolve) => {
    child.once('close', (code, signal) => resolve(code ?? signal));
  });
  return { how, out: out.trim() };
}
