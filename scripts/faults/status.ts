/** The cluster at a glance: what each replica's process does, and what each replica says itself. */
import type { Faults } from '../local-cluster/faults.ts';
import { clusterStatus, type ClusterStatus, heardBy } from '../local-cluster/probe.ts';
import { linkLines } from './link-words.ts';

export async function statusLines(faults: Faults): Promise<readonly string[]> {
  const replicas = await faults.replicas();
  const views = await Promise.all(replicas.map(({ clientUrl }) => clusterStatus(clientUrl)));
  const links = await faults.links();
  return [
    ...replicas.map(({ id, state, clientUrl, pid, harm = [] }, index) => {
      const process = pid === undefined ? '' : `  process ${pid}`;
      const said = standing(views[index], id);
      return `replica ${id}  ${state.padEnd(7)}  ${clientUrl}${process}  ${[said, ...harm].join('; ')}`;
    }),
    ...(links === undefined ? [] : linkLines(links)),
  ];
}

function standing(view: ClusterStatus | undefined, own: number): string {
  if (view === undefined) return 'does not answer';
  const hears = `hears ${heardBy(view, own).join(', ') || 'nobody'}`;
  if (!view.ready) return `not ready (${view.reasons.join('; ')}), ${hears}`;
  return `${view.role === 'leader' ? 'leads' : `follows ${view.leader ?? 'nobody'}`}, ${hears}`;
}
