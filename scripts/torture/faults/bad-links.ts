/** N8, N9 and N10: messages that are lost, late, repeated, out of order, damaged or in pieces. */
import { type Link, linksOf } from '../../../src/simulation/cuts.ts';
import type { Random } from '../../../src/simulation/random.ts';
import type { LinkRules } from '../../links/link-rules.ts';
import type { FaultContext } from '../fault.ts';
import { lay } from './cut-links.ts';
import { drawTarget, idsOf, namesOf } from './targets.ts';
import { becomeWhole, drawPeriodMs } from './wholeness.ts';

export interface Badness {
  /** For people. */
  readonly text: string;
  readonly rules: LinkRules;
}

const MOST_LOSS = 0.5;
const MOST_DELAY_MS = 2_000;
/** 32 kbit/s. */
const NARROW_BYTES_PER_S = 4_000;
const MOST_COPIES = 5;
const MOST_LATE_MS = 60_000;
const MOST_CORRUPTION = 0.3;
const PERCENT = 100;

export function drawLoss(random: Random): Badness {
  const loss = random.between(1, MOST_LOSS * PERCENT) / PERCENT;
  return { text: `${Math.round(loss * PERCENT)} % lost`, rules: { loss } };
}

export function drawDelay(random: Random): Badness {
  const least = random.between(0, MOST_DELAY_MS / 2);
  const most = random.between(least, MOST_DELAY_MS);
  return { text: `${least} to ${most} ms late`, rules: { delayMs: [least, most] } };
}

export function narrow(): Badness {
  return { text: '32 kbit/s', rules: { bytesPerSecond: NARROW_BYTES_PER_S } };
}

export function drawCopies(random: Random): Badness {
  const most = random.between(1, MOST_COPIES);
  const lateMs = random.between(0, MOST_LATE_MS);
  const rules = { duplication: 1, copies: { most, lateMs } };
  return { text: `each again up to ${most} times, up to ${lateMs} ms later`, rules };
}

export function drawDisorder(random: Random): Badness {
  const most = random.between(1, MOST_DELAY_MS / 4);
  return { text: `out of order within ${most} ms`, rules: { delayMs: [0, most], reorder: true } };
}

export function drawCorruption(random: Random): Badness {
  const corruption = random.between(1, MOST_CORRUPTION * PERCENT) / PERCENT;
  return { text: `${Math.round(corruption * PERCENT)} % damaged`, rules: { corruption } };
}

export function inPieces(): Badness {
  return { text: 'byte by byte', rules: { byteByByte: true } };
}

export function both(one: Badness, other: Badness): Badness {
  return { text: `${one.text}, ${other.text}`, rules: { ...one.rules, ...other.rules } };
}

/** For a while, on the links that are drawn; all is whole when it resolves. */
export async function makeBad(
  context: FaultContext,
  badness: Badness,
  meanwhile: () => Promise<void> = () => Promise.resolve(),
): Promise<void> {
  const { links, random } = context;
  const on = await drawLinks(context);
  const end = context.begin(`${badness.text}: ${on.text}`, on.ids);
  const mend = lay(links, on.links, badness.rules);
  await Promise.all([context.lasts(drawPeriodMs(random)), meanwhile()]);
  mend();
  end();
  await becomeWhole(context);
}

interface BadLinks {
  readonly text: string;
  readonly ids: readonly number[];
  readonly links: readonly Link[];
}

/** All there are, or those from or to some replicas, or both. */
async function drawLinks(context: FaultContext): Promise<BadLinks> {
  const { cluster, random } = context;
  const all = idsOf(cluster.members());
  if (random.chance(0.5)) return { text: 'all links', ids: all, links: linksOf(all) };
  const ids = idsOf(await drawTarget(context, ['leader', 'nonLeader', 'minority']));
  const way = random.pick(['from', 'to', 'from and to'] as const);
  const links = linksOf(all).filter(
    ([from, to]) => (way !== 'to' && ids.includes(from)) || (way !== 'from' && ids.includes(to)),
  );
  return { text: `links ${way} ${namesOf(ids)}`, ids, links };
}
