/** The command line of `npm run recover`. */
import { MAX_MEMBERS } from '../paxos/membership.ts';

export interface RecoveryArguments {
  readonly type: 'arguments';
  readonly dirs: readonly string[];
  /** Where copies are made; `undefined`: where the system has temporary files. */
  readonly scratch: string | undefined;
  readonly listsSlots: boolean;
  readonly writes: boolean;
  readonly pastLost: boolean;
  /** The configuration of the new replica; empty unless it writes. */
  readonly rest: readonly string[];
}

export type Parsed = RecoveryArguments | { readonly type: 'refused'; readonly problem: string };

const WITH_VALUE = new Set(['--dir', '--scratch']);
const SWITCHES = new Set(['--slots', '--write', '--past-lost']);

export function parseArguments(argv: readonly string[]): Parsed {
  const values = new Map<string, string[]>();
  const switches = new Set<string>();
  const rest: string[] = [];
  const left = [...argv];
  for (let arg = left.shift(); arg !== undefined; arg = left.shift()) {
    const at = arg.indexOf('=');
    const name = at < 0 ? arg : arg.slice(0, at);
    if (SWITCHES.has(arg)) switches.add(arg);
    else if (!WITH_VALUE.has(name)) rest.push(arg);
    else {
      const value = at < 0 ? left.shift() : arg.slice(at + 1);
      if (value === undefined || value === '') return refused(`${name}: needs a path`);
      values.set(name, [...(values.get(name) ?? []), value]);
    }
  }
  const dirs = values.get('--dir') ?? [];
  const [scratch, another] = values.get('--scratch') ?? [];
  const writes = switches.has('--write');
  const pastLost = switches.has('--past-lost');
  if (dirs.length === 0) return refused('--dir: name at least one data directory');
  if (dirs.length > MAX_MEMBERS) return refused(`--dir: ${MAX_MEMBERS} directories at most`);
  if (another !== undefined) return refused('--scratch: is given twice');
  if (pastLost && !writes) return refused('--past-lost: only goes with --write');
  if (!writes && rest[0] !== undefined) return refused(`${rest[0]}: only goes with --write`);
  const listsSlots = switches.has('--slots');
  return { type: 'arguments', dirs, scratch, listsSlots, writes, pastLost, rest };
}

function refused(problem: string): Parsed {
  return { type: 'refused', problem };
}
