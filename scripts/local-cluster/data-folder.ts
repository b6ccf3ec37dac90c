/**
 * The folder of a local cluster, `data/` unless told otherwise:
 *
 *     cluster.json        what was made here: how many replicas, from which port on, and whether
 *                         they reach each other through links
 *     secret              0600, drawn once
 *     launcher.sock       the running launcher listens here: its lock, and the door for faults
 *     links.sock          the door of the links, while they are open
 *     replica-N/          the data of one replica; only its process writes there
 *     shim-N/             what its clock and its disk are told to do, while they are wrong
 *     replica-N.json      its configuration, written at every start
 *     replica-N.pid       the process that runs it now
 *     replica-N.log       what it logged since the launcher started, as JSON
 *
 * Nothing else in the folder is read, written or deleted.
 */
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { drawSecret } from './secret-file.ts';

const MAX_LOG_BYTES = 67_108_864;
const PORTS_APART = 10;
const FORMAT = 1;

/** The folder that is meant where none is named: `data` beside this project's `dist`. */
export const DEFAULT_DATA_FOLDER = fileURLToPath(new URL('../../../data', import.meta.url));

export interface ClusterShape {
  readonly replicas: number;
  /** Replica 1's client port; its peer port is one above, its link's two, the next replica's ten. */
  readonly port: number;
}

export interface ReplicaAddress {
  readonly id: number;
  readonly clientPort: number;
  readonly peerPort: number;
  readonly clientUrl: string;
  readonly peerUrl: string;
  /** Where its peers reach it once there are links. */
  readonly linkPort: number;
  readonly linkUrl: string;
}

const markerSchema = z.strictObject({
  format: z.literal(FORMAT),
  replicas: z.int().min(1).max(9),
  port: z.int().min(1).max(65_535),
  links: z.boolean().exactOptional(),
});

type Marker = z.infer<typeof markerSchema>;

export function addressesOf({ replicas, port }: ClusterShape): readonly ReplicaAddress[] {
  return Array.from({ length: replicas }, (_, index) => {
    const clientPort = port + index * PORTS_APART;
    const peerPort = clientPort + 1;
    const linkPort = clientPort + 2;
    return {
      id: index + 1,
      clientPort,
      peerPort,
      clientUrl: `http://127.0.0.1:${clientPort}`,
      peerUrl: `http://127.0.0.1:${peerPort}`,
      linkPort,
      linkUrl: `http://127.0.0.1:${linkPort}`,
    };
  });
}

/** The cluster that was made in a folder. `undefined`: none was. Throws where it is not ours. */
export function readShape(folder: string): ClusterShape | undefined {
  const marker = readMarker(folder);
  return marker === undefined ? undefined : { replicas: marker.replicas, port: marker.port };
}

/** Whether the members of the cluster may have the addresses of their links. */
export function hasLinks(folder: string): boolean {
  return readMarker(folder)?.links === true;
}

/** To be called before the first member gets its link's address, and after the last one lost it. */
export function noteLinks(folder: string, links: boolean): void {
  const shape = readShape(folder);
  if (shape !== undefined) writeMarker(folder, { format: FORMAT, ...shape, links });
}

function readMarker(folder: string): Marker | undefined {
  const file = path.join(folder, 'cluster.json');
  if (!existsSync(file)) return undefined;
  const marker = markerSchema.safeParse(parseJson(readFileSync(file, 'utf8')));
  if (!marker.success) throw new Error(`${file} was not written by this version of the launcher`);
  return marker.data;
}

/** Whole or not at all. */
function writeMarker(folder: string, marker: Marker): void {
  const file = path.join(folder, 'cluster.json');
  writeFileSync(`${file}.tmp`, json(marker));
  renameSync(`${file}.tmp`, file);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Makes the folder, its marker and its secret where they are not there yet. */
export function prepareFolder(folder: string, shape: ClusterShape): void {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  if (readShape(folder) === undefined) {
    const stranger = readdirSync(folder).find((name) => /^replica-\d+$|^secret$/.test(name));
    if (stranger !== undefined) {
      throw new Error(`${path.join(folder, stranger)} is not of a cluster that was made here`);
    }
    writeMarker(folder, { format: FORMAT, ...shape });
  }
  drawSecret(path.join(folder, 'secret'));
  writeConfigs(folder, shape);
}

function writeConfigs(folder: string, shape: ClusterShape): void {
  const addresses = addressesOf(shape);
  for (const { id, clientPort, peerPort } of addresses) {
    const config = {
      replicaId: id,
      dataDir: path.join(folder, `replica-${id}`),
      listen: {
        client: { host: '127.0.0.1', port: clientPort },
        peer: { host: '127.0.0.1', port: peerPort },
      },
      members: addresses.map((member) => ({
        id: member.id,
        peerUrl: member.peerUrl,
        clientUrl: member.clientUrl,
      })),
      secretFile: path.join(folder, 'secret'),
      log: { format: 'json' },
    };
    writeFileSync(fileOf(folder, id, 'json'), json(config));
    rmSync(fileOf(folder, id, 'log'), { force: true });
  }
}

/** Deletes what a launcher made in the folder, and nothing else. */
export function deleteCluster(folder: string): void {
  if (!existsSync(folder)) return;
  if (readShape(folder) === undefined) {
    if (!readdirSync(folder).some((name) => /^replica-\d+$|^secret$/.test(name))) return;
    throw new Error(`${folder} holds no cluster of this launcher: nothing was deleted`);
  }
  // The marker goes last, so that a deletion that was cut short can be made again.
  const ours =
    /^replica-\d+(\.json|\.pid|\.log)?$|^shim-\d+$|^secret$|^links\.sock$|^cluster\.json\.tmp$/;
  for (const name of readdirSync(folder)) {
    if (ours.test(name)) rmSync(path.join(folder, name), { recursive: true });
  }
  rmSync(path.join(folder, 'cluster.json'));
}

export function fileOf(folder: string, id: number, kind: 'json' | 'pid' | 'log'): string {
  return path.join(folder, `replica-${id}.${kind}`);
}

/** Begins anew when it is full: a log for looking at, not an archive. */
export function appendLog(folder: string, id: number, line: string): void {
  const file = fileOf(folder, id, 'log');
  const bytes = statSync(file, { throwIfNoEntry: false })?.size ?? 0;
  if (bytes > MAX_LOG_BYTES) writeFileSync(file, `${line}\n`);
  else appendFileSync(file, `${line}\n`);
}

function json(value: unknown): string {
  return `${JSON.stringify(value, undefined, 2)}\n`;
}
