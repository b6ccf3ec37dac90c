/** The clocks that a process under the shim reads. They go on from one setting to the next. */
import { CLOCK_AT, CLOCK_SETTING_BYTES, CLOCK_SETTINGS } from './layout.ts';

export type ClockName = 'wall' | 'monotonic';

interface ClockError {
  readonly offsetNs: bigint;
  /** Of this machine's monotonic clock. */
  readonly sinceNs: bigint;
  /** Parts per 10^9 too fast. */
  readonly excess: bigint;
}

const NS_PER_MS = 1_000_000n;
const WHOLE = 1_000_000_000n;
const HONEST: ClockError = { offsetNs: 0n, sinceNs: 0n, excess: 0n };
const CLOCKS = ['wall', 'monotonic'] as const;
const CLOCK_BYTES = 24;
const INDEX_BYTES = 8;

/** The control file. */
export interface Control {
  read(bytes: number, at: number): Buffer;
  write(bytes: Buffer, at: number): void;
}

export class ShimClocks {
  readonly #control: Control;

  constructor(control: Control) {
    this.#control = control;
  }

  /** So much later than it would be, from now on; earlier where it is negative, of the wall clock alone. */
  step(name: ClockName, ms: number): void {
    if (name === 'monotonic' && ms < 0) throw new Error('a monotonic clock never goes back');
    const now = this.#now(name);
    const offsetNs = now.offsetNs + BigInt(Math.round(ms)) * NS_PER_MS;
    this.#set(name, { ...now, offsetNs });
  }

  /** 1 is right; from where it stands. */
  rate(name: ClockName, rate: number): void {
    this.#set(name, { ...this.#now(name), excess: BigInt(Math.round((rate - 1) * Number(WHOLE))) });
  }

  /** How far it is from the truth now, in ms. */
  errorMs(name: ClockName): number {
    return Number(this.#now(name).offsetNs / NS_PER_MS);
  }

  /** The wall clock is right again; the monotonic one runs at the right rate, and keeps what it gained. */
  honest(): void {
    this.#set('wall', HONEST);
    this.rate('monotonic', 1);
  }

  /** Both are right. Only while no process runs under it: a monotonic clock would stand still. */
  reset(): void {
    this.#control.write(Buffer.alloc(INDEX_BYTES), CLOCK_AT);
  }

  #now(name: ClockName): ClockError {
    const { offsetNs, sinceNs, excess } = this.#read()[name];
    const now = process.hrtime.bigint();
    return { offsetNs: offsetNs + ((now - sinceNs) * excess) / WHOLE, sinceNs: now, excess };
  }

  #index(): bigint {
    return this.#control.read(INDEX_BYTES, CLOCK_AT).readBigUInt64LE();
  }

  #read(): Record<ClockName, ClockError> {
    const index = this.#index();
    if (index === 0n) return { wall: HONEST, monotonic: HONEST };
    const setting = this.#control.read(CLOCK_SETTING_BYTES, placeOf(index));
    const decode = (at: number): ClockError => ({
      offsetNs: setting.readBigInt64LE(at),
      sinceNs: setting.readBigInt64LE(at + 8),
      excess: setting.readBigInt64LE(at + 16),
    });
    return { wall: decode(0), monotonic: decode(CLOCK_BYTES) };
  }

  #set(name: ClockName, error: ClockError): void {
    const clocks = { ...this.#read(), [name]: error };
    const setting = Buffer.alloc(CLOCK_SETTING_BYTES);
    for (const [at, clock] of CLOCKS.entries()) {
      const { offsetNs, sinceNs, excess } = clocks[clock];
      setting.writeBigInt64LE(offsetNs, at * CLOCK_BYTES);
      setting.writeBigInt64LE(sinceNs, at * CLOCK_BYTES + 8);
      setting.writeBigInt64LE(excess, at * CLOCK_BYTES + 16);
    }
    const next = this.#index() + 1n;
    this.#control.write(setting, placeOf(next));
    const index = Buffer.alloc(INDEX_BYTES);
    index.writeBigUInt64LE(next);
    this.#control.write(index, CLOCK_AT);
  }
}

/** They are written in turn: one that is read is not being written. */
function placeOf(index: bigint): number {
  return CLOCK_AT + (1 + (Number(index) % CLOCK_SETTINGS)) * CLOCK_SETTING_BYTES;
}
