/**
 * The same faults on the containers of `docker compose`: each replica is the service `replica-N`, and
 * the links are the service `links`, which is told what to do by a command in its container.
 */
import { z } from 'zod';
import { linksAnswerSchema, type LinksAnswer, type LinksRequest } from '../links/link-table.ts';
import { compose } from './compose.ts';
import { harmContainer, undoContainerHarm } from './compose-harm.ts';
import type { FaultAction, Faults } from './faults.ts';

const PEER_PORT = 7601;
const PORTS_APART = 10;
const ASK_LINKS = ['exec', '-T', 'links', 'node', 'dist/scripts/links.js', '--door', '/tmp', 'ask'];

const containerSchema = z.looseObject({
  Service: z.string(),
  State: z.string(),
  Publishers: z
    .array(z.looseObject({ TargetPort: z.number(), PublishedPort: z.number() }))
    .nullish(),
});

const COMMANDS: Readonly<Record<FaultAction, string>> = {
  kill: 'kill',
  restart: 'restart',
  pause: 'pause',
  resume: 'unpause',
};
const DONE: Readonly<Record<FaultAction, string>> = {
  kill: 'was killed (docker compose kill); it stays down',
  restart: 'was restarted (docker compose restart)',
  pause: 'was paused (docker compose pause)',
  resume: 'was resumed (docker compose unpause)',
};

export interface ComposeFaults extends Faults {
  isThere(): Promise<boolean>;
}

export function composeFaults(): ComposeFaults {
  return {
    options: ' --compose',
    async isThere() {
      try {
        return (await containers()).length > 0;
      } catch {
        return false;
      }
    },
    async clientUrls() {
      return new Map(
        (await containers()).map(({ id, port }) => [id, `http://127.0.0.1:${port}`] as const),
      );
    },
    async carryOut(action, id) {
      await compose([COMMANDS[action], `replica-${id}`]);
      return `replica ${id} ${DONE[action]}`;
    },
    async replicas() {
      return (await containers()).map(({ id, state, port }) => {
        return { id, state, clientUrl: `http://127.0.0.1:${port}` };
      });
    },
    harm: harmContainer,
    undoHarm: undoContainerHarm,
    async peerAddresses() {
      return (await containers()).map(({ id }) => ({
        id,
        direct: `http://replica-${id}:${PEER_PORT}`,
        link: `http://links:${PEER_PORT + PORTS_APART * (id - 1)}`,
      }));
    },
    async links() {
      try {
        return await askLinks({ do: 'show' });
      } catch {
        return undefined;
      }
    },
    async openLinks() {
      await compose(['up', '--detach', '--no-deps', '--no-recreate', '--wait', 'links']);
    },
    async setLinks(links) {
      const answer = await askLinks({ do: 'set', links });
      if (!answer.ok) throw new Error(answer.message);
    },
    // The service stays: it costs nothing while no member has the address of its link.
    closeLinks: () => Promise.resolve(),
  };
}

async function askLinks(request: LinksRequest): Promise<LinksAnswer> {
  const output = await compose([...ASK_LINKS, JSON.stringify(request)]);
  return linksAnswerSchema.parse(JSON.parse(output));
}

interface Container {
  readonly id: number;
  readonly state: string;
  readonly port: number;
}

/** One JSON object a line; older versions of compose print one list. */
async function containers(): Promise<readonly Container[]> {
  const output = (await compose(['ps', '--all', '--format', 'json'])).trim();
  if (output === '') return [];
  const text = output.startsWith('[') ? output : `[${output.split('\n').join(',')}]`;
  return z
    .array(containerSchema)
    .parse(JSON.parse(text))
    .flatMap(({ Service: service, State: state, Publishers: published }) => {
      const id = Number(/^replica-(\d)$/.exec(service)?.[1] ?? 0);
      if (id === 0) return [];
      // A container that is down publishes nothing; its port is the one of docker-compose.yml.
      const port = published?.find(({ PublishedPort: at }) => at > 0)?.PublishedPort;
      return [{ id, state, port: port ?? 7590 + 10 * id }];
    })
    .toSorted((a, b) => a.id - b.id);
}
