/**
 * One measurement: so many connections, each sending its next request when it has the answer to its
 * last, for so many seconds, with keys drawn evenly. `wrk` or our own generator; either runs as a
 * process of its own. Both send the same requests.
 */
import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

import { type Generator, type LoadResult, type LoadSpec, POOL_BYTES } from './load-spec.ts';
import { wrkScript } from './wrk-script.ts';

const START_LIMIT_S = 30;
const FILL_LIMIT_S = 3_600;
const OUTPUT_LIMIT_BYTES = 1024 * 1024;
const MS_PER_S = 1_000;

const run = promisify(execFile);

export async function applyLoad(generator: Generator, spec: LoadSpec): Promise<LoadResult> {
  return generator === 'wrk' && spec.operation !== 'fill' ? withWrk(spec) : withOwn(spec);
}

/** The command that runs a module of this bench: the compiled one, or with Node's own stripping. */
async function withOwn(spec: LoadSpec): Promise<LoadResult> {
  const extension = import.meta.url.slice(import.meta.url.lastIndexOf('.'));
  const module = fileURLToPath(new URL(`./generator${extension}`, import.meta.url));
  const limitS = spec.operation === 'fill' ? FILL_LIMIT_S : spec.seconds + START_LIMIT_S;
  const { stdout } = await run(process.execPath, [module, JSON.stringify(spec)], {
    timeout: limitS * MS_PER_S,
    maxBuffer: OUTPUT_LIMIT_BYTES,
  });
  return resultOf(stdout);
}

async function withWrk(spec: LoadSpec): Promise<LoadResult> {
  const directory = mkdtempSync(join(tmpdir(), 'synod-bench-wrk-'));
  try {
    const script = join(directory, 'requests.lua');
    const pool = join(directory, 'pool');
    const bytes = randomBytes(POOL_BYTES);
    writeFileSync(pool, spec.system === 'etcd' ? bytes.toString('base64') : bytes);
    writeFileSync(script, wrkScript(spec, pool));
    const args = ['-t1', `-c${spec.connections}`, `-d${spec.seconds}s`, '-s', script, spec.url];
    const { stdout } = await run('wrk', ['--timeout', '10s', ...args], {
      timeout: (spec.seconds + START_LIMIT_S) * MS_PER_S,
      maxBuffer: OUTPUT_LIMIT_BYTES,
    });
    return resultOf(stdout);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

/** Both generators end with one line of JSON. */
function resultOf(output: string): LoadResult {
  const line = output.trim().split('\n').at(-1) ?? '';
  const parsed: unknown = JSON.parse(line);
  if (typeof parsed !== 'object' || parsed === null) throw new Error(`no result in: ${output}`);
  const numbers = new Map<string, unknown>(Object.entries(parsed));
  const take = (name: keyof LoadResult): number => {
    const value = numbers.get(name);
    if (typeof value !== 'number') throw new Error(`no ${name} in: ${line}`);
    return value;
  };
  return {
    requests: take('requests'),
    perSecond: take('perSecond'),
    p50Ms: take('p50Ms'),
    p99Ms: take('p99Ms'),
    maxMs: take('maxMs'),
    failures: take('failures'),
    generatorUs: take('generatorUs'),
  };
}
