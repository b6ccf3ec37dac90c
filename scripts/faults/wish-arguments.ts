/** The arguments of one action, taken one after the other; each is checked when it is taken. */
import { harmSchema, type Harm } from '../local-cluster/harm.ts';
import type { LinkChoice, LinkWish, Who } from './wish.ts';

const MAX_DELAY_MS = 60_000;
const MIN_PERIOD_MS = 50;
const MAX_PERIOD_MS = 60_000;
const MIN_PERCENT = 0.1;
/** `slow A MS`: what is longer names two replicas, what is shorter none. */
const ONE_AND_MS = 2;

export function argumentsOf(action: string, given: readonly string[]) {
  const left = [...given];
  const take = (what: string): string => {
    const text = left.shift();
    if (text === undefined) throw new Error(`${action}: ${what} is missing`);
    return text;
  };
  const none = () => {
    if (left.length > 0) throw new Error(`${action}: what is "${left.join(' ')}" for?`);
  };
  const who = (): Who => parseWho(action, take('a replica'));
  const number = (what: string, least: number, most: number): number =>
    parseNumber(action, what, take(what), least, most);
  const delay = (): readonly [number, number] => {
    const least = number('MS', 1, MAX_DELAY_MS);
    const jitter = left.length === 0 ? 0 : number('JITTER', 0, MAX_DELAY_MS);
    none();
    return [least, least + jitter];
  };
  return {
    none,
    who,
    /** The last argument that there may be. */
    last<T>(taken: () => T): T {
      const value = taken();
      none();
      return value;
    },
    sides(): readonly (readonly Who[])[] {
      const sides = [take('a side'), ...left.splice(0)].map((side) =>
        side.split(',').map((text) => parseWho(action, text)),
      );
      const all = sides.flat();
      const twice = all.find((one, index) => all.indexOf(one) !== index);
      if (twice !== undefined) throw new Error(`${action}: ${twice} is named twice`);
      return sides;
    },
    /** `[all]`, `A`, or `A B`: all that is left. */
    links(): LinkChoice {
      if (left[0] === 'all') left.shift();
      if (left.length === 0) return { type: 'all' };
      const a = who();
      if (left.length === 0) return { type: 'of', who: a };
      const b = who();
      none();
      return { type: 'between', a, b };
    },
    /** `[all] MS [JITTER]`, `A MS`, or `A B MS [JITTER]`. */
    delayedLinks(): Pick<Extract<LinkWish, { type: 'slow' }>, 'at' | 'delayMs'> {
      const isAll = left[0] === 'all' || left.length < ONE_AND_MS;
      if (left[0] === 'all') left.shift();
      if (isAll) return { at: { type: 'all' }, delayMs: delay() };
      const isOne = left.length === ONE_AND_MS;
      const a = who();
      const at: LinkChoice = isOne ? { type: 'of', who: a } : { type: 'between', a, b: who() };
      return { at, delayMs: delay() };
    },
    share: (): number => number('PERCENT', MIN_PERCENT, 100) / 100,
    period: (): number => number('PERIOD', MIN_PERIOD_MS, MAX_PERIOD_MS),
    clock: (): Harm => parseClock(action, take('MS or xRATE')),
  };
}

function parseWho(action: string, text: string): Who {
  if (text === 'leader') return 'leader';
  if (/^[1-9]$/.test(text)) return Number(text);
  throw new Error(`${action}: a replica is a number from 1 to 9, or "leader", not "${text}"`);
}

function parseNumber(
  action: string,
  what: string,
  text: string,
  least: number,
  most: number,
): number {
  const value = /^\d{1,6}(\.\d{1,3})?$/.test(text) ? Number(text) : Number.NaN;
  if (value >= least && value <= most) return value;
  throw new Error(`${action}: ${what} is a number from ${least} to ${most}, not "${text}"`);
}

function parseClock(action: string, text: string): Harm {
  const isRate = text.startsWith('x');
  const wish = isRate
    ? { type: 'rate', rate: Number(text.slice(1)) }
    : { type: 'offset', ms: Number(text) };
  const harm = harmSchema.safeParse(wish);
  if (harm.success && /^[+-]?\d+$|^x\d+(\.\d+)?$/.test(text)) return harm.data;
  throw new Error(
    `${action}: by whole milliseconds (5000, -5000), or to a rate from x0.5 to x2 (x1.05), not "${text}"`,
  );
}
