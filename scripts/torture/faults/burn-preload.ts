/**
 * Loaded into a replica before its own code (`node --import`). At a signal its event loop stands
 * still, as with one long piece of work: its own code does not know. No port is opened for it.
 */
import { readFileSync } from 'node:fs';
import { BURN_SIGNAL, type Burn, burnFile, parseBurn } from './burn.ts';

const PIECES = 2_000;
const PIECE_CHARS = 200;

process.on(BURN_SIGNAL, () => {
  const configFile = process.argv[process.argv.indexOf('--config') + 1] ?? '';
  burn(parseBurn(readFileSync(burnFile(configFile), 'utf8')));
});

function burn({ ms, type }: Burn): void {
  const until = performance.now() + ms;
  let kept: object[] = [];
  while (performance.now() < until) {
    if (type === 'garbage') kept = pieces();
  }
  kept.length = 0;
}

function pieces(): object[] {
  return Array.from({ length: PIECES }, (_, at) => ({ at, text: 'x'.repeat(PIECE_CHARS) + at }));
}
