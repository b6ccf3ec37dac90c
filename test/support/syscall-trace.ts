/**
 * Runs replicas under `strace`, and reads back which system calls they made on which files and
 * sockets, when each began and when it returned. `strace -D` traces from aside: the process that
 * is started is the replica itself, and signals reach it as ever.
 */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { waitFor } from '../../scripts/bench/wait.ts';

export interface SystemCall {
  readonly thread: number;
  readonly name: string;
  /** Of the file or socket that the first argument names; empty where it names none. */
  readonly path: string;
  /** What stands after the first argument. */
  readonly rest: string;
  /** Seconds since 1970, of one clock for all processes of this machine. */
  readonly beganAt: number;
  /** Undefined where the call had not returned when the process ended. */
  readonly returnedAt: number | undefined;
  readonly result: number | undefined;
}

export interface FileLengths {
  /** Bytes written to the file. */
  readonly written: number;
  /** Of these, how many had been written when the last `fdatasync` that returned began. */
  readonly synced: number;
}

const END_LIMIT_MS = 10_000;
const US_PER_S = 1e6;

export function hasStrace(): boolean {
  try {
    execFileSync('strace', ['-D', '-f', '-o', '/dev/null', 'true'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

/** Wraps a replica's command. Each start of a replica begins its trace anew. */
export function tracing(
  directory: string,
  options: { readonly calls: string; readonly textBytes: number },
): (id: number, command: readonly string[]) => readonly string[] {
  const strace = ['strace', '-D', '-f', '--seccomp-bpf', '-ttt', '-T', '-y', '-q'];
  strace.push('-e', `trace=${options.calls}`, '-s', String(options.textBytes));
  return (id, command) => [...strace, '-o', traceFile(directory, id), ...command];
}

export function traceFile(directory: string, id: number): string {
  return join(directory, `trace-${id}`);
}

/** The calls of a process that has ended, in the order in which they began. */
export async function readEndedTrace(file: string, pid: number): Promise<readonly SystemCall[]> {
  const end = new RegExp(`^${pid} .*\\+\\+\\+ (killed|exited)`, 'm');
  const text = await waitFor(
    () => {
      const read = readFileSync(file, 'latin1');
      return end.test(read) ? read : undefined;
    },
    { what: `end of ${file}`, limitMs: END_LIMIT_MS, everyMs: 50 },
  );
  return parseTrace(text);
}

const LINE = /^([0-9]+) +([0-9.]+) (.*)$/;
const WHOLE = /^([a-z0-9_]+)\((.*)\) += (-?[0-9]+|\?).* <([0-9.]+)>$/;
const UNFINISHED = /^([a-z0-9_]+)\((.*) <unfinished \.\.\.>$/;
/** The process was killed meanwhile. */
const CUT = /^([a-z0-9_]+)\((.*?)(?: <unfinished \.\.\.>)?\) += \?$/;
const RESUMED = /^<\.\.\. ([a-z0-9_]+) resumed>(.*)\) += (-?[0-9]+|\?).*? <([0-9.]+)>$/;

export function parseTrace(text: string): readonly SystemCall[] {
  const calls: SystemCall[] = [];
  const open = new Map<number, number>();
  for (const line of text.split('\n')) {
    const [, thread, time, what = ''] = LINE.exec(line) ?? [];
    if (thread === undefined || time === undefined) continue;
    const began = Number(time);
    const whole = WHOLE.exec(what);
    const unfinished = whole === null ? (UNFINISHED.exec(what) ?? CUT.exec(what)) : null;
    const resumed = RESUMED.exec(what);
    if (whole !== null) {
      const [, name = '', args = '', result, took] = whole;
      const returnedAt = round(began + Number(took));
      calls.push({ ...call(thread, name, args, began), returnedAt, result: Number(result) });
    } else if (unfinished !== null) {
      const [, name = '', args = ''] = unfinished;
      open.set(Number(thread), calls.length);
      calls.push(call(thread, name, args, began));
    } else if (resumed !== null) {
      const at = open.get(Number(thread)) ?? -1;
      const started = calls[at];
      if (started === undefined) continue;
      const rest = started.rest + (resumed[2] ?? '');
      calls[at] = { ...started, rest, returnedAt: began, result: Number(resumed[3]) };
      open.delete(Number(thread));
    }
  }
  return calls;
}

function call(thread: string, name: string, args: string, beganAt: number): SystemCall {
  const [, path = ''] = /^[A-Z_0-9]+<(.*?)>(?:, |$)/.exec(args) ?? [];
  const rest = args.slice(args.indexOf(', ') + 2);
  const ends = { returnedAt: undefined, result: undefined };
  return { thread: Number(thread), name, path, rest, beganAt, ...ends };
}

function round(seconds: number): number {
  return Math.round(seconds * US_PER_S) / US_PER_S;
}

/**
 * How long each written file was, and how much of it was durable for certain. A call that returned
 * nothing before the end counts as not made.
 */
export function fileLengths(calls: readonly SystemCall[]): ReadonlyMap<string, FileLengths> {
  const lengths = new Map<string, FileLengths>();
  const moments = calls.flatMap((one) => [
    { at: one.beganAt, one, began: true },
    ...(one.returnedAt === undefined ? [] : [{ at: one.returnedAt, one, began: false }]),
  ]);
  const writtenAtCall = new Map<SystemCall, number>();
  for (const { one, began } of moments.toSorted((a, b) => a.at - b.at)) {
    const { written, synced } = lengths.get(one.path) ?? { written: 0, synced: 0 };
    if (one.name === 'write' && !began && (one.result ?? -1) > 0) {
      lengths.set(one.path, { written: written + (one.result ?? 0), synced });
    } else if (one.name === 'fdatasync' || one.name === 'fsync') {
      if (began) writtenAtCall.set(one, written);
      else if (one.result === 0) {
        const durable = Math.max(synced, writtenAtCall.get(one) ?? 0);
        lengths.set(one.path, { written, synced: durable });
      }
    }
  }
  return lengths;
}
