/** What `scripts/fault corrupt` does to the data of a replica that is stopped. */
import { damage } from '../torture/damage/damage.ts';

/** Of what a replica cannot do without: its log, or the tables of its state. Says which bytes. */
export function flipSomeBits(dataDir: string): string {
  return damage(dataDir, { what: 'flip', files: ['journal', 'table'], random: Math.random });
}
