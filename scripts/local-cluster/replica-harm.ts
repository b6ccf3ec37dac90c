/**
 * A replica whose clock is wrong, or whose disk is full, while all others are well: it is restarted
 * under a library that stands between it and the system (scripts/torture/shim). Where there is no
 * compiler for that, a disk can still count as full, by the replica's own watermarks.
 */
import { rmSync } from 'node:fs';
import path from 'node:path';
import { unreachable } from '../../src/kv/unreachable.ts';
import { flipSomeBits } from '../faults/bit-flips.ts';
import { shimMissing } from '../torture/shim/build.ts';
import { Shim } from '../torture/shim/shim.ts';
import type { Harm } from './harm.ts';
import type { ReplicaProcess } from './replica-process.ts';

/** More room than any disk has. */
const FULL_BELOW_BYTES = String(2 ** 52);
const WATERMARKS = {
  SYNOD_LIMITS_DISK_SOFT_BYTES: FULL_BELOW_BYTES,
  SYNOD_LIMITS_DISK_HARD_BYTES: FULL_BELOW_BYTES,
};

export class ReplicaHarm {
  readonly #replica: ReplicaProcess;
  readonly #shimFolder: string;
  readonly #dataDir: string;
  #shim: Shim | undefined;
  /** What is wrong with it now, for people; by what. */
  readonly #wrong = new Map<'clock' | 'disk', string>();

  constructor(replica: ReplicaProcess, folder: string) {
    this.#replica = replica;
    this.#shimFolder = path.join(folder, `shim-${replica.address.id}`);
    this.#dataDir = path.join(folder, `replica-${replica.address.id}`);
  }

  get words(): readonly string[] {
    return [...this.#wrong.values()];
  }

  /** Says what was done. Throws, and does nothing, where it cannot be done. */
  async inflict(harm: Harm): Promise<string> {
    const { id, state } = this.#replica.state;
    if (state !== 'running') throw new Error(`replica ${id} is not running: ${state}`);
    switch (harm.type) {
      case 'offset':
      case 'rate':
        return this.#skew(harm);
      case 'fullDisk':
        return this.#fillDisk();
      case 'corrupt':
        return this.#corrupt();
      default:
        return unreachable(harm);
    }
  }

  /** It is down then, if there was anything to undo, and without shim when it is started. */
  async undo(): Promise<string | undefined> {
    const { id } = this.#replica.state;
    if (this.#shim === undefined && this.#wrong.size === 0) return undefined;
    const words = this.words.join(', ') || 'the shim';
    await this.#replica.stop();
    this.#replica.environment = {};
    this.#shim?.close();
    this.#shim = undefined;
    this.#wrong.clear();
    rmSync(this.#shimFolder, { recursive: true, force: true });
    return `replica ${id} was stopped, and is started without: ${words}`;
  }

  async #skew(harm: Extract<Harm, { type: 'offset' | 'rate' }>): Promise<string> {
    const missing = await shimMissing();
    if (missing !== undefined) throw new Error(`its clock cannot be changed here: ${missing}`);
    const restarted = await this.#underShim();
    const words = this.#set(harm);
    if (words === undefined) this.#wrong.delete('clock');
    else this.#wrong.set('clock', words);
    return `replica ${this.#replica.address.id}: ${words ?? 'its clocks are right'}${restarted}`;
  }

  /** `undefined`: they are right now. */
  #set(harm: Extract<Harm, { type: 'offset' | 'rate' }>): string | undefined {
    const clocks = this.#shim?.clocks;
    if (harm.type === 'rate') {
      clocks?.rate('wall', harm.rate);
      clocks?.rate('monotonic', harm.rate);
      if (harm.rate !== 1) return `its clocks run at ${harm.rate} times their speed`;
    } else {
      clocks?.step('wall', harm.ms - clocks.errorMs('wall'));
      const far = `${Math.abs(harm.ms)} ms`;
      if (harm.ms !== 0) return `its wall clock is ${far} ${harm.ms < 0 ? 'behind' : 'ahead'}`;
    }
    clocks?.honest();
    return undefined;
  }

  async #fillDisk(): Promise<string> {
    const { id } = this.#replica.address;
    const missing = await shimMissing();
    if (missing !== undefined) {
      this.#replica.environment = { ...this.#replica.environment, ...WATERMARKS };
      await this.#restart();
      this.#wrong.set('disk', 'its disk counts as full');
      return `replica ${id} was restarted with diskHardBytes above what its disk has: it counts as full (${missing})`;
    }
    const restarted = await this.#underShim();
    if (!this.#wrong.has('disk')) {
      this.#shim?.add({ on: ['write'], action: { type: 'error', code: 'ENOSPC' } });
    }
    this.#wrong.set('disk', 'no room on its disk');
    return `replica ${id}: each write to its files fails as on a full disk (ENOSPC)${restarted}`;
  }

  async #corrupt(): Promise<string> {
    const { id } = this.#replica.address;
    await this.#replica.stop();
    try {
      const what = flipSomeBits(this.#dataDir);
      // What it knows of the files is not so any longer.
      this.#shim?.forget();
      return `replica ${id} was stopped, damaged, and started: ${what}`;
    } finally {
      this.#replica.start();
    }
  }

  /** Says so where that took a restart. */
  async #underShim(): Promise<string> {
    if (this.#shim !== undefined) return '';
    rmSync(this.#shimFolder, { recursive: true, force: true });
    const shim = new Shim(this.#shimFolder, this.#dataDir);
    this.#replica.environment = shim.environment();
    this.#shim = shim;
    await this.#restart();
    return '; it was restarted for it, under scripts/torture/shim';
  }

  async #restart(): Promise<void> {
    await this.#replica.stop();
    this.#replica.start();
  }
}
