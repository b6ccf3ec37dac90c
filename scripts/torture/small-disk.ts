/** A disk of a few MiB for one directory: a tmpfs, where this user may mount one. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, statfsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { waitFor } from '../bench/wait.ts';

function run(program: string, ...args: readonly string[]): boolean {
  return spawnSync(program, args, { stdio: 'ignore' }).status === 0;
}

export function canMount(): boolean {
  const folder = mkdtempSync(join(tmpdir(), 'synod-mount-'));
  const mounted = run('mount', '-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', folder);
  if (mounted) run('umount', folder);
  rmSync(folder, { recursive: true, force: true });
  return mounted;
}

export class SmallDisk {
  readonly path: string;

  constructor(path: string, bytes: number) {
    mkdirSync(path, { recursive: true, mode: 0o700 });
    if (!run('mount', '-t', 'tmpfs', '-o', `size=${bytes},mode=700`, 'tmpfs', path)) {
      throw new Error(`cannot mount a tmpfs at ${path}`);
    }
    this.path = path;
  }

  /** Not below what is on it. */
  resize(bytes: number): void {
    if (!this.#remount(bytes)) {
      throw new Error(`cannot make the disk at ${this.path} ${bytes} bytes large`);
    }
  }

  /** Leaves not a byte free. */
  fill(limitMs: number): Promise<void> {
    return this.leave(0, limitMs);
  }

  /**
   * Leaves so much free. Whoever writes to it meanwhile can be faster than one look: the size is then
   * below what is on it by now, and the kernel refuses it.
   */
  async leave(bytes: number, limitMs: number): Promise<void> {
    await waitFor(
      () => {
        const { bsize, bavail, blocks } = statfsSync(this.path);
        return this.#remount((blocks - bavail) * bsize + bytes) || undefined;
      },
      { what: `full disk at ${this.path}`, limitMs, everyMs: 0 },
    );
  }

  #remount(bytes: number): boolean {
    return run('mount', '-o', `remount,size=${bytes}`, this.path);
  }

  /** Whoever had files open on it has ended; throws where that is not so. */
  remove(): void {
    if (!run('umount', this.path)) throw new Error(`the disk at ${this.path} is still in use`);
  }
}
