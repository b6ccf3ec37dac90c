/**
 * Rules laid over directed links and taken off again. What another fault has laid over the same
 * link stays, unless it is of the same kind.
 */
import type { LinkRules } from '../../links/link-rules.ts';
import type { Links } from '../../links/links.ts';
import type { Link } from '../../../src/simulation/cuts.ts';

/** Returns what takes them off. */
export function lay(links: Links, on: readonly Link[], rules: LinkRules): () => void {
  for (const [from, to] of on) links.setRules(from, to, { ...links.rulesOf(from, to), ...rules });
  return () => {
    for (const [from, to] of on) links.setRules(from, to, without(links.rulesOf(from, to), rules));
  };
}

export function cut(links: Links, on: readonly Link[]): () => void {
  return lay(links, on, { cut: true });
}

/** What stays cut is not touched. */
export function recut(links: Links, before: readonly Link[], after: readonly Link[]): void {
  for (const [from, to] of lacking(after, before)) {
    links.setRules(from, to, without(links.rulesOf(from, to), { cut: true }));
  }
  cut(links, lacking(before, after));
}

/** What the first lacks of the second. */
function lacking(first: readonly Link[], second: readonly Link[]): readonly Link[] {
  const has = new Set(first.map(nameOf));
  return second.filter((link) => !has.has(nameOf(link)));
}

function nameOf([from, to]: Link): string {
  return `${from}>${to}`;
}

function without(rules: LinkRules, laid: LinkRules): LinkRules {
  return Object.fromEntries(Object.entries(rules).filter(([name]) => !(name in laid)));
}
