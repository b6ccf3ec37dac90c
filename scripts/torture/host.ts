/** On what a run was carried out, and of which commit. */
import { execFileSync } from 'node:child_process';
import { availableParallelism, release } from 'node:os';
import type { Verdict } from './run-record.ts';

export function thisHost(): Verdict['host'] {
  return { node: process.version, kernel: release(), cores: availableParallelism() };
}

/** Short; with `+` where the work tree differs from it, and `unknown` outside of a repository. */
export function thisCommit(): string {
  try {
    const commit = git('rev-parse', '--short=10', 'HEAD');
    return git('status', '--porcelain', '--untracked-files=no') === '' ? commit : `${commit}+`;
  } catch {
    return 'unknown';
  }
}

function git(...args: readonly string[]): string {
  const stdio: ['ignore', 'pipe', 'ignore'] = ['ignore', 'pipe', 'ignore'];
  return execFileSync('git', args, { encoding: 'utf8', stdio }).trim();
}
