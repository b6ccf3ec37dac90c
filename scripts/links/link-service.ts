/** Holds the links to a table of rules, and lets those flap that are to. */
import { NO_RULES, type LinkRules } from './link-rules.ts';
import type { Links } from './links.ts';
import type { LinksAnswer, LinksRequest, LinkTable } from './link-table.ts';

/** What of `Links` is needed here. */
export type RuledLinks = Pick<Links, 'setRules' | 'rulesOf' | 'heal' | 'counts'>;

export class LinkService {
  readonly #links: RuledLinks;
  readonly #ids: readonly number[];
  #table: LinkTable = [];
  #timers: NodeJS.Timeout[] = [];

  constructor(links: RuledLinks, ids: readonly number[]) {
    this.#links = links;
    this.#ids = ids;
  }

  answer(request: LinksRequest): LinksAnswer {
    if (request.do === 'set') {
      const stranger = request.links
        .flatMap(({ from, to }) => [from, to])
        .find((id) => !this.#ids.includes(id));
      if (stranger !== undefined) {
        return { ok: false, message: `there is no link of replica ${stranger}` };
      }
      this.#set(request.links);
    }
    const message = `${this.#table.length} links with rules`;
    const { pid } = process;
    return { ok: true, message, pid, links: this.#table, counts: this.#links.counts() };
  }

  /** No link flaps any longer. */
  close(): void {
    for (const timer of this.#timers) clearInterval(timer);
    this.#timers = [];
  }

  #set(table: LinkTable): void {
    this.close();
    this.#table = table;
    if (table.length === 0) this.#links.heal();
    for (const from of this.#ids) {
      for (const to of this.#ids) {
        if (from !== to) this.#rule(from, to);
      }
    }
  }

  #rule(from: number, to: number): void {
    const ruled = this.#table.find((link) => link.from === from && link.to === to);
    const rules = ruled?.rules ?? NO_RULES;
    const flapMs = ruled?.flapMs;
    this.#change(from, to, flapMs === undefined ? rules : { ...rules, cut: true });
    if (flapMs === undefined) return;
    const toggle = () => {
      const isCut = this.#links.rulesOf(from, to).cut === true;
      this.#change(from, to, { ...rules, cut: !isCut });
    };
    this.#timers.push(setInterval(toggle, flapMs));
  }

  /** A link whose rules stay as they are is left alone. */
  #change(from: number, to: number, rules: LinkRules): void {
    const before = JSON.stringify(this.#links.rulesOf(from, to));
    if (before !== JSON.stringify(rules)) this.#links.setRules(from, to, rules);
  }
}
