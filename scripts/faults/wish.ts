/** What `scripts/fault` is asked to do, read off its arguments. What is wrong is named, and nothing done. */
import { parseArgs } from 'node:util';
import type { Harm } from '../local-cluster/harm.ts';
import { argumentsOf } from './wish-arguments.ts';

/** A replica, or whoever leads when it is done. */
export type Who = number | 'leader';

/** The links that something is done to, in both directions. */
export type LinkChoice =
  | { readonly type: 'all' }
  | { readonly type: 'of'; readonly who: Who }
  | { readonly type: 'between'; readonly a: Who; readonly b: Who };

export type LinkWish =
  /** Whoever is in none of them is in one more. */
  | { readonly type: 'partition'; readonly sides: readonly (readonly Who[])[] }
  | { readonly type: 'isolate'; readonly who: Who }
  /** One way. */
  | { readonly type: 'cut'; readonly from: Who; readonly to: Who }
  | { readonly type: 'slow'; readonly at: LinkChoice; readonly delayMs: readonly [number, number] }
  /** From 0 to 1. */
  | { readonly type: 'drop' | 'duplicate'; readonly at: LinkChoice; readonly share: number }
  | { readonly type: 'flap'; readonly a: Who; readonly b: Who; readonly periodMs: number };

export type Wish =
  | { readonly type: 'help' | 'status' | 'heal' | 'leader' }
  | { readonly type: 'url'; readonly who: Who }
  | { readonly type: 'kill' | 'restart' | 'pause' | 'resume'; readonly who: Who }
  | { readonly type: 'link'; readonly wish: LinkWish }
  | { readonly type: 'harm'; readonly who: Who; readonly harm: Harm };

export interface Asked {
  readonly wish: Wish;
  /** The cluster that is meant, where that was said. */
  readonly data: string | undefined;
  readonly compose: boolean;
}

/** A mistake in the arguments. */
export class WrongArguments extends Error {
  override readonly name = 'WrongArguments';
}

/** Throws `WrongArguments`. */
export function parseAsked(argv: readonly string[]): Asked {
  try {
    const { values, positionals } = parseArgs({
      args: argv.map(hideMinus),
      allowPositionals: true,
      options: {
        data: { type: 'string' },
        compose: { type: 'boolean', default: false },
        help: { type: 'boolean', short: 'h', default: false },
      },
    });
    const { data, compose, help } = values;
    if (compose && data !== undefined) throw new Error('--data and --compose exclude each other');
    const wish = help ? ({ type: 'help' } as const) : parseWish(positionals.map(showMinus));
    return { wish, data, compose };
  } catch (error) {
    throw new WrongArguments(error instanceof Error ? error.message : String(error));
  }
}

/** A negative number looks like an option to whoever parses options. */
const MINUS = 'minus ';
const hideMinus = (text: string) => (/^-\d/.test(text) ? `${MINUS}${text.slice(1)}` : text);
const showMinus = (text: string) =>
  text.startsWith(MINUS) ? `-${text.slice(MINUS.length)}` : text;

function parseWish([name, ...rest]: readonly string[]): Wish {
  const given = argumentsOf(name ?? '', rest);
  switch (name) {
    case 'status':
    case 'heal':
    case 'leader':
      given.none();
      return { type: name };
    case 'url':
    case 'kill':
    case 'restart':
    case 'pause':
    case 'resume':
      return { type: name, who: given.last(given.who) };
    case 'skew': {
      const who = given.who();
      return { type: 'harm', who, harm: given.last(given.clock) };
    }
    case 'fill-disk':
      return { type: 'harm', who: given.last(given.who), harm: { type: 'fullDisk' } };
    case 'corrupt':
      return { type: 'harm', who: given.last(given.who), harm: { type: 'corrupt' } };
    default:
      return { type: 'link', wish: parseLinkWish(name, given) };
  }
}

function parseLinkWish(name: string | undefined, given: ReturnType<typeof argumentsOf>): LinkWish {
  switch (name) {
    case 'partition':
      return { type: name, sides: given.sides() };
    case 'isolate':
      return { type: name, who: given.last(given.who) };
    case 'cut': {
      const from = given.who();
      return { type: name, from, to: given.last(given.who) };
    }
    case 'slow':
      return { type: name, ...given.delayedLinks() };
    case 'drop':
    case 'duplicate': {
      const share = given.share();
      return { type: name, share, at: given.links() };
    }
    case 'flap': {
      const [a, b] = [given.who(), given.who()];
      return { type: name, a, b, periodMs: given.last(given.period) };
    }
    default:
      throw new Error(name === undefined ? 'what is to be done?' : `what is "${name}"?`);
  }
}
