/** Whether a cluster has taken notice of a partition, and what came of it. */
import type { LinkTable } from '../links/link-table.ts';

/** What one replica says of itself; who does not answer is not ready. */
export interface Stand {
  readonly id: number;
  readonly ready: boolean;
  readonly leads: boolean;
  readonly leader: number | undefined;
  /** The peers that it says it hears; nobody, where it does not answer. */
  readonly hears: readonly number[];
}

export interface Holding {
  readonly leader: number | undefined;
  readonly serving: readonly number[];
  /** They hear no leader, and say so. */
  readonly out: readonly number[];
}

/** `undefined`: somebody still says what it cannot know any longer. */
export function holdingOf(stands: readonly Stand[], table: LinkTable): Holding | undefined {
  const isCut = (from: number, to: number) =>
    table.some((link) => link.from === from && link.to === to && link.rules.cut === true);
  const together = (a: number, b: number) => a === b || (!isCut(a, b) && !isCut(b, a));
  if (stands.some(({ id, hears }) => hears.some((peer) => isCut(peer, id)))) return undefined;
  const serving = stands.filter(({ ready }) => ready);
  const leaders = serving.filter(({ leads }) => leads).map(({ id }) => id);
  const leader = leaders[0];
  const out = stands.filter(({ ready }) => !ready).map(({ id }) => id);
  const hasMajority = (one: number) =>
    2 * stands.filter(({ id }) => together(id, one)).length > stands.length;
  if (leader === undefined) {
    const isElecting = stands.some(({ id }) => hasMajority(id));
    return serving.length > 0 || isElecting ? undefined : { leader, serving: [], out };
  }
  const isTrue = serving.every((one) => one.leader === leader && together(one.id, leader));
  if (leaders.length > 1 || !hasMajority(leader) || !isTrue) return undefined;
  return { leader, serving: serving.map(({ id }) => id), out };
}
