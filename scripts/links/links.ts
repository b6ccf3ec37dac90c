/** All links between the replicas of a cluster: one port before the peer port of each. */
import { Buffer } from 'node:buffer';
import { Front } from './front.ts';
import { Link } from './link.ts';
import type { LinkRules } from './link-rules.ts';
import { Tally } from './tally.ts';

export interface LinkTarget {
  readonly id: number;
  readonly host: string;
  /** Its real peer port. */
  readonly port: number;
  /** The port before it; a free one unless given. */
  readonly before?: number;
}

export interface LinksOptions {
  /** The address at which the links listen. */
  readonly host: string;
  readonly targets: readonly LinkTarget[];
  /** Drawn from for what `LinkRules` leave to chance; `Math.random` unless given. */
  readonly random?: () => number;
}

export interface LinkMessage {
  readonly from: number;
  readonly to: number;
  /** Of its body: `accept`, `accepted`, `prepare`. */
  readonly type: string;
  /** The line, without its end. */
  readonly line: Buffer;
}

type Watcher = (message: LinkMessage) => 'pass' | 'lose';

const END_OF_LINE = Buffer.from('\n');

export class Links {
  readonly #options: LinksOptions;
  readonly #fronts: ReadonlyMap<number, Front>;
  /** By `from>to`; made when they are first spoken of. */
  readonly #links = new Map<string, Link>();
  readonly #watchers = new Set<Watcher>();
  readonly #tally = new Tally();

  private constructor(options: LinksOptions) {
    this.#options = options;
    const linkOf = (from: number, to: number): Link => this.#link(from, to);
    this.#fronts = new Map(
      options.targets.map((target) => [target.id, new Front(target, linkOf)] as const),
    );
  }

  static async open(options: LinksOptions): Promise<Links> {
    const links = new Links(options);
    const fronts = [...links.#fronts.values()];
    try {
      await Promise.all(fronts.map((front) => front.listen(options.host)));
    } catch (error) {
      await links.close();
      throw error;
    }
    return links;
  }

  /** The port at which peers reach a replica. */
  portTo(id: number): number {
    const front = this.#fronts.get(id);
    if (front === undefined) throw new Error(`no link to replica ${id}`);
    return front.port;
  }

  /**
   * From now on; what is on its way keeps its time, but does not pass a link that is cut then. In the
   * place of all earlier rules of the link.
   */
  setRules(from: number, to: number, rules: LinkRules): void {
    this.#link(from, to).setRules(rules);
    this.#rulesChanged(false);
  }

  rulesOf(from: number, to: number): LinkRules {
    return this.#link(from, to).rules;
  }

  /**
   * No link has rules any longer, and what waits for its time leaves now, but for copies, which are
   * still to come in theirs. Connections on which something was lost silently are closed.
   */
  heal(): void {
    for (const link of this.#links.values()) link.heal();
    this.#rulesChanged(true);
  }

  /** Is told of each message when it arrives at the link, before anything becomes of it; may lose it. */
  watch(onMessage: Watcher): () => void {
    const watcher: Watcher = (message) => onMessage(message);
    this.#watchers.add(watcher);
    return () => void this.#watchers.delete(watcher);
  }

  /**
   * Puts a line, without its end, on the link as if its sender had said it now; false: no stream is
   * open. It obeys the rules. Who watches is not told.
   */
  inject(from: number, to: number, line: Buffer): boolean {
    if (line.includes(END_OF_LINE)) throw new Error('more than one line');
    return this.#link(from, to).inject(Buffer.concat([line, END_OF_LINE]));
  }

  /** How many messages passed, were lost, late, repeated, damaged, of all links. */
  counts(): Readonly<Record<string, number>> {
    return this.#tally.read();
  }

  async close(): Promise<void> {
    await Promise.all([...this.#fronts.values()].map((front) => front.close()));
    for (const link of this.#links.values()) link.close();
  }

  #link(from: number, to: number): Link {
    const name = `${from}>${to}`;
    const known = this.#links.get(name);
    if (known !== undefined) return known;
    const { random = Math.random } = this.#options;
    const watcher = () => (this.#watchers.size === 0 ? undefined : this.#tell);
    const link = new Link({ from, to, tally: this.#tally, random, watcher });
    this.#links.set(name, link);
    return link;
  }

  /** All are told, whatever the others say. */
  readonly #tell: Watcher = (message) => {
    const said = [...this.#watchers].map((watcher) => watcher(message));
    return said.includes('lose') ? 'lose' : 'pass';
  };

  #rulesChanged(healed: boolean): void {
    for (const front of this.#fronts.values()) front.rulesChanged(healed);
  }
}
