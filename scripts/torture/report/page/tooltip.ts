/** What is told of the place under the pointer, beside it. */
import { find, make } from './dom.ts';
import type { Description } from './stage.ts';

const APART_PX = 14;
const MAX_LINES = 14;
const MAX_CHARS = 300;

export function showTooltip(description: Description, x: number, y: number): void {
  const tooltip = find('tooltip', HTMLElement);
  const { title, lines } = description;
  const shown = lines.slice(0, MAX_LINES).map(([name, text]) => [name, clipped(text)] as const);
  const more = lines.length - shown.length;
  const rest = more > 0 ? [['', `and ${more} more`] as const] : [];
  const list = make('dl');
  for (const [name, text] of [...shown, ...rest]) list.append(make('dt', name), make('dd', text));
  tooltip.replaceChildren(make('p', clipped(title)), list);
  tooltip.hidden = false;
  const { width, height } = tooltip.getBoundingClientRect();
  const left = x + APART_PX + width > window.innerWidth ? x - APART_PX - width : x + APART_PX;
  const top = y + APART_PX + height > window.innerHeight ? y - APART_PX - height : y + APART_PX;
  tooltip.style.transform = `translate(${Math.max(left, 4)}px, ${Math.max(top, 4)}px)`;
}

export function hideTooltip(): void {
  find('tooltip', HTMLElement).hidden = true;
}

function clipped(text: string): string {
  return text.length <= MAX_CHARS ? text : `${text.slice(0, MAX_CHARS)}…`;
}
