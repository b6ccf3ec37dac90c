/** Faults on a running cluster: on the launcher's replicas here, on containers in the other file. */
import type { LinksAnswer, LinkTable } from '../links/link-table.ts';
import { askLauncher, type ControlAnswer, type ControlRequest } from './control.ts';
import { addressesOf, readShape } from './data-folder.ts';
import type { Harm } from './harm.ts';

export type FaultAction = 'kill' | 'restart' | 'pause' | 'resume';

/** One replica, as whoever runs it sees it. */
export interface ReplicaView {
  readonly id: number;
  /** In the words of whoever runs it; `running` and `paused` are the same for all. */
  readonly state: string;
  readonly clientUrl: string;
  /** Of its process; missing where it has no number here. */
  readonly pid?: number;
  /** What else is wrong with it, in words. */
  readonly harm?: readonly string[];
}

/** Where its peers reach a replica. */
export interface PeerAddress {
  readonly id: number;
  readonly direct: string;
  readonly link: string;
}

export interface Faults {
  /** What to add to a command so that it means this cluster; begins with a space. */
  readonly options: string;
  clientUrls(): Promise<ReadonlyMap<number, string>>;
  replicas(): Promise<readonly ReplicaView[]>;
  /** Says what was done. Throws where it could not be done. */
  carryOut(action: FaultAction, id: number): Promise<string>;
  /** The same of its clock, its disk and its files. */
  harm(id: number, harm: Harm): Promise<string>;
  /** It is down then, where there was anything to undo. Says what was done. */
  undoHarm(id: number): Promise<string | undefined>;
  peerAddresses(): Promise<readonly PeerAddress[]>;
  /** What the links say of themselves. `undefined`: none are open. */
  links(): Promise<LinksAnswer | undefined>;
  /** No member has the address of its link yet. Throws where they cannot be opened. */
  openLinks(): Promise<void>;
  /** In the place of all rules that were set before. Throws where they cannot be set. */
  setLinks(table: LinkTable): Promise<void>;
  /** No member has the address of its link any longer. */
  closeLinks(): Promise<void>;
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
    async replicas() {
      return (await ask({ do: 'status' })).replicas ?? [];
    },
    async carryOut(action, id) {
      return (await ask({ do: action, replica: id })).message;
    },
    async harm(id, harm) {
      return (await ask({ do: 'harm', replica: id, harm })).message;
    },
    async undoHarm(id) {
      const { message } = await ask({ do: 'undoHarm', replica: id });
      return message === '' ? undefined : message;
    },
    async peerAddresses() {
      const shape = readShape(folder);
      if (shape === undefined) throw new Error(`${folder} holds no cluster`);
      return addressesOf(shape).map(({ id, peerUrl: direct, linkUrl: link }) => ({
        id,
        direct,
        link,
      }));
    },
    async links() {
      return (await ask({ do: 'status' })).links;
    },
    async openLinks() {
      await ask({ do: 'openLinks' });
    },
    async setLinks(links) {
      await ask({ do: 'setLinks', links });
    },
    async closeLinks() {
      await ask({ do: 'closeLinks' });
    },
  };
}
