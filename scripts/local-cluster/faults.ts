/** Faults on a running cluster: on the launcher's replicas here, on containers in the other file. */
import { askLauncher, type ControlAnswer, type ControlRequest } from './control.ts';

export type FaultAction = 'kill' | 'restart' | 'pause' | 'resume';

export interface Faults {
  /** What to add to a command so that it means this cluster; begins with a space. */
  readonly options: string;
  clientUrls(): Promise<ReadonlyMap<number, string>>;
  /** Says what was done. Throws where it could not be done. */
  carryOut(action: FaultAction, id: number): Promise<string>;
  /** A line for each replica. */
  status(): Promise<string>;
}

/** `data` is what the user named; the default folder needs no naming. */
export function launcherFaults(folder: string, data: string | undefined): Faults {
  const ask = async (request: ControlRequest): Promise<ControlAnswer> => {
    const answer = await askLauncher(folder, request);
    if (answer === undefined) throw new Error(`the launcher of ${folder} has ended`);
    if (!answer.ok) throw new Error(answer.message);
    return answer;
  };
  return {
    options: data === undefined ? '' : ` --data ${data}`,
    async clientUrls() {
      const { replicas = [] } = await ask({ do: 'status' });
      return new Map(replicas.map(({ id, clientUrl }) => [id, clientUrl]));
    },
    async carryOut(action, id) {
      return (await ask({ do: action, replica: id })).message;
    },
    async status() {
      const { replicas = [] } = await ask({ do: 'status' });
      return replicas
        .map(({ id, state, pid, clientUrl }) => {
          const process = pid === undefined ? '' : `  process ${pid}`;
          return `replica ${id}  ${state.padEnd(7)}  ${clientUrl}${process}`;
        })
        .join('\n');
    },
  };
}
