/** The rules of links, for people. */
import type { LinksAnswer, RuledLink } from '../links/link-table.ts';

/** A line for each link that has rules, and one for what became of messages. */
export function linkLines({ links = [], counts = {} }: LinksAnswer): readonly string[] {
  const figures = Object.entries(counts)
    .filter(([, count]) => count > 0)
    .map(([name, count]) => `${count} ${name}`);
  return [
    ...links.map((link) => `link ${link.from} -> ${link.to}  ${rulesOf(link).join(', ')}`),
    ...(figures.length === 0 ? [] : [`messages  ${figures.join(', ')}`]),
  ];
}

function rulesOf({ rules, flapMs }: RuledLink): readonly string[] {
  const { cut, loss, delayMs, duplication } = rules;
  return [
    ...(cut === true ? ['cut'] : []),
    ...(flapMs === undefined ? [] : [`cut for ${flapMs} ms, whole for ${flapMs} ms, in turn`]),
    ...(delayMs === undefined ? [] : [`${[...new Set(delayMs)].join(' to ')} ms late`]),
    ...(loss === undefined ? [] : [`${percent(loss)} lost`]),
    ...(duplication === undefined ? [] : [`${percent(duplication)} repeated`]),
  ];
}

function percent(share: number): string {
  return `${Math.round(share * 1000) / 10} %`;
}
