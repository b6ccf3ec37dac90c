/** What the bench ran on: figures mean nothing without it. */
import { execFileSync } from 'node:child_process';
import { readFileSync, statfsSync } from 'node:fs';
import { cpus, freemem, loadavg, release, totalmem } from 'node:os';

export interface Environment {
  readonly processor: string;
  readonly cores: number;
  readonly memoryMiB: number;
  readonly freeMiB: number;
  readonly loadBefore: number;
  readonly kernel: string;
  readonly disk: string;
  readonly node: string;
  readonly etcd: string | undefined;
  readonly wrk: string | undefined;
  readonly commit: string;
  readonly started: string;
}

const BYTES_PER_MIB = 1024 * 1024;

export function describeEnvironment(directory: string): Environment {
  return {
    processor: cpus()[0]?.model.trim() ?? 'unknown',
    cores: cpus().length,
    memoryMiB: Math.round(totalmem() / BYTES_PER_MIB),
    freeMiB: Math.round(freemem() / BYTES_PER_MIB),
    loadBefore: loadavg()[0] ?? 0,
    kernel: release(),
    disk: diskOf(directory),
    node: process.version,
    etcd: firstLine('etcd', ['--version'])?.replace('etcd Version: ', ''),
    wrk: firstLine('wrk', ['--version'])?.replace(/ \[.*/, ''),
    commit: commitOfTree(),
    started: new Date().toISOString(),
  };
}

/** The first line that a program prints, on either stream; undefined where it is not there. */
function firstLine(program: string, args: readonly string[]): string | undefined {
  try {
    return output(program, args).split('\n')[0];
  } catch (error) {
    // wrk prints its version and its usage, and exits with 1.
    if (typeof error === 'object' && error !== null && 'stdout' in error && 'status' in error) {
      const text = String(error.stdout);
      return error.status === null || text === '' ? undefined : text.split('\n')[0];
    }
    return undefined;
  }
}

function output(program: string, args: readonly string[]): string {
  return execFileSync(program, [...args], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  });
}

function commitOfTree(): string {
  try {
    const commit = output('git', ['rev-parse', '--short', 'HEAD']).trim();
    const changed = output('git', ['status', '--porcelain', '--', 'src']).trim() !== '';
    return changed ? `${commit} with changes in src/` : commit;
  } catch {
    return 'no git';
  }
}

function diskOf(directory: string): string {
  const free = statfsSync(directory);
  const freeGiB = Math.round((free.bavail * free.bsize) / BYTES_PER_MIB / 1024);
  return `${fileSystemOf(directory)}, ${freeGiB} GiB free`;
}

function fileSystemOf(directory: string): string {
  let best = { at: '', text: 'unknown file system' };
  try {
    for (const line of readFileSync('/proc/mounts', 'utf8').split('\n')) {
      const [device = '', at = '', type = ''] = line.split(' ');
      const holds =
        at !== '' && (directory === at || directory.startsWith(at.replace(/\/?$/, '/')));
      if (holds && at.length >= best.at.length) best = { at, text: `${type} on ${device}` };
    }
  } catch {
    // Not Linux: the figures stand without the file system's name.
  }
  return best.text;
}
