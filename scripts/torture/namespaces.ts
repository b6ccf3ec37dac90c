/**
 * A host of its own for each replica, on this machine (`ip netns`, of iproute2, as root):
 *
 *     this process: clients and links, 10.77.N.254 on a bridge
 *        |              |              |
 *     10.77.N.1      10.77.N.2      10.77.N.3      each in its namespace, one end of a pair of veth
 *
 * Nothing of it reaches any other network: no address is routed beyond the bridge.
 */
import { execFile } from 'node:child_process';
import { networkInterfaces } from 'node:os';
import { promisify } from 'node:util';
import type { RunNetwork } from './network.ts';

const run = promisify(execFile);
const SUBNETS = 250;
const BRIDGE_HOST = 254;
let opened = 0;

/** In words; `undefined`: they can be made. */
export async function whyNoNamespaces(): Promise<string | undefined> {
  const name = `synod-${process.pid}-try`;
  try {
    await ip('netns', 'add', name);
    await ip('link', 'add', bridgeName(0), 'type', 'bridge');
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message.trim() : String(error);
  } finally {
    await ip('link', 'del', bridgeName(0)).catch(() => undefined);
    await ip('netns', 'del', name).catch(() => undefined);
  }
}

/** For replicas 1 to `replicas`. Gone when it is closed; those of a run that was killed stay until the next boot. */
export async function openNamespaces(replicas: number): Promise<RunNetwork> {
  const number = ++opened;
  const bridge = bridgeName(number);
  const subnet = freeSubnet();
  const linkHost = `${subnet}.${BRIDGE_HOST}`;
  const nameOf = (id: number): string => `synod-${process.pid}-${number}-${id}`;
  const network: RunNetwork = {
    type: 'namespaces',
    hostOf: (id) => `${subnet}.${id}`,
    linkHost,
    wrap: (id, command) => ['ip', 'netns', 'exec', nameOf(id), ...command],
    close: async () => {
      for (let id = 1; id <= replicas; id += 1) {
        await ip('netns', 'del', nameOf(id)).catch(() => undefined);
      }
      await ip('link', 'del', bridge).catch(() => undefined);
    },
  };
  try {
    await ip('link', 'add', bridge, 'type', 'bridge');
    await ip('addr', 'add', `${linkHost}/24`, 'dev', bridge);
    await ip('link', 'set', bridge, 'up');
    for (let id = 1; id <= replicas; id += 1) {
      await addHost({ name: nameOf(id), bridge, address: `${subnet}.${id}/24`, number, id });
    }
    return network;
  } catch (error) {
    await network.close();
    throw error;
  }
}

interface Host {
  readonly name: string;
  readonly bridge: string;
  readonly address: string;
  readonly number: number;
  readonly id: number;
}

async function addHost({ name, bridge, address, number, id }: Host): Promise<void> {
  const near = `sy${process.pid}v${number}${id}`;
  const far = `sy${process.pid}w${number}${id}`;
  await ip('netns', 'add', name);
  await ip('link', 'add', near, 'type', 'veth', 'peer', 'name', far, 'netns', name);
  await ip('link', 'set', near, 'master', bridge, 'up');
  await ip('-n', name, 'addr', 'add', address, 'dev', far);
  await ip('-n', name, 'link', 'set', far, 'up');
  await ip('-n', name, 'link', 'set', 'lo', 'up');
}

/** At most 15 characters, as the kernel has it. */
function bridgeName(number: number): string {
  return `sy${process.pid}b${number}`;
}

function freeSubnet(): string {
  const taken = Object.values(networkInterfaces()).flatMap((list) => list ?? []);
  for (let number = 0; number < SUBNETS; number += 1) {
    const subnet = `10.77.${(process.pid + number) % SUBNETS}`;
    if (!taken.some(({ address }) => address.startsWith(`${subnet}.`))) return subnet;
  }
  throw new Error('no free subnet below 10.77');
}

async function ip(...args: readonly string[]): Promise<void> {
  await run('ip', args);
}
