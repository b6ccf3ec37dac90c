/** This build beside another one, such as that of a worktree of an earlier commit, in turns. */
import { median } from './latency.ts';
import { applyLoad } from './load.ts';
import type { Generator } from './load-spec.ts';
import { fillSynod, type SynodSystem } from './synod.ts';

export interface AgainstPlan {
  readonly rounds: number;
  readonly seconds: number;
  readonly keys: number;
  readonly valueBytes: number;
  readonly connections: readonly number[];
  readonly operations: readonly ('put' | 'get')[];
  readonly generator: Generator;
  readonly fillConnections: number;
}

export interface Comparison {
  readonly operation: 'put' | 'get';
  readonly connections: number;
  /** Requests a second here, against those of the other build, round by round. */
  readonly ratios: readonly number[];
  readonly herePerSecond: number;
  readonly otherPerSecond: number;
}

/** In each round one after the other, the first one second in the next. */
export async function compareBuilds(
  here: SynodSystem,
  other: SynodSystem,
  plan: AgainstPlan,
): Promise<readonly Comparison[]> {
  for (const system of [here, other]) {
    await fillSynod(await system.leader(), { ...plan, connections: plan.fillConnections });
  }
  const comparisons: Comparison[] = [];
  for (const operation of plan.operations) {
    for (const connections of plan.connections) {
      const rates: { readonly here: number; readonly other: number }[] = [];
      for (let round = 0; round < plan.rounds; round += 1) {
        const perSecond = (system: SynodSystem): Promise<number> =>
          rateOf(system, plan, operation, connections);
        if (round % 2 === 0) {
          const first = await perSecond(here);
          rates.push({ here: first, other: await perSecond(other) });
        } else {
          const first = await perSecond(other);
          rates.push({ other: first, here: await perSecond(here) });
        }
      }
      comparisons.push({
        operation,
        connections,
        ratios: rates.map((one) => one.here / one.other),
        herePerSecond: median(rates.map((one) => one.here)),
        otherPerSecond: median(rates.map((one) => one.other)),
      });
    }
  }
  return comparisons;
}

async function rateOf(
  system: SynodSystem,
  { generator, keys, seconds, valueBytes }: AgainstPlan,
  operation: 'put' | 'get',
  connections: number,
): Promise<number> {
  const { clientUrl: url } = await system.leader();
  const spec = { system: 'synod', operation, url, connections, seconds, keys, valueBytes } as const;
  return (await applyLoad(generator, spec)).perSecond;
}

export function againstText(comparisons: readonly Comparison[] = []): string {
  return comparisons
    .map(({ connections, herePerSecond, operation, otherPerSecond, ratios }) => {
      const [least, most] = [Math.min(...ratios), Math.max(...ratios)];
      return (
        `${operation.toUpperCase()}, ${connections} clients: ${Math.round(herePerSecond)}/s here, ` +
        `${Math.round(otherPerSecond)}/s there; ${ratios.length} rounds, ratio ` +
        `${median(ratios).toFixed(2)} (${least.toFixed(2)}..${most.toFixed(2)})`
      );
    })
    .join('\n');
}
