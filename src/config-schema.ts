/**
 * The settings of a replica: their names, bounds and defaults, and what no two of them may say
 * together. Every limit has a name and a unit.
 */
import { z } from 'zod';
import { contradictions } from './config-contradictions.ts';

/** A bound on the work of one campaign and on the table of members; not a limit of Paxos. */
const MAX_MEMBERS = 9;

const port = z.int().min(1).max(65_535);
const host = z.string().min(1);
const replicaId = z.int().min(1).max(65_535);
const memberUrl = z.string().transform((text, context) => {
  const checked = checkMemberUrl(text);
  if (checked.type === 'url') return checked.url;
  context.addIssue({ code: 'custom', message: checked.why });
  return z.NEVER;
});

const memberSchema = z.strictObject({
  id: replicaId,
  peerUrl: memberUrl,
  clientUrl: memberUrl,
});

const listenSchema = z.strictObject({
  client: z
    .strictObject({
      host: host.default('127.0.0.1').describe('address that the client port binds'),
      port: port.default(7600).describe('port for clients'),
    })
    .prefault({}),
  peer: z
    .strictObject({
      host: host
        .default('127.0.0.1')
        .describe('address that the peer port binds; only loopback without a secret'),
      port: port.default(7601).describe('port for peers'),
    })
    .prefault({}),
});

const quorumsSchema = z
  .strictObject({
    phase1: z.int().min(1).exactOptional().describe('promises that a campaign needs'),
    phase2: z.int().min(1).exactOptional().describe('acceptances that choose'),
  })
  .prefault({});

const timingSchema = z.strictObject({
  tickMs: z.int().min(1).max(1000).default(10).describe('the unit of logical time'),
  heartbeatMs: z.int().min(5).max(60_000).default(50).describe('between two heartbeats'),
  leaderTimeoutMs: z
    .int()
    .min(20)
    .max(600_000)
    .default(300)
    .describe('silence after which a leader is given up; randomised up to twice this'),
  leaseDriftPerMille: z
    .int()
    .min(1)
    .max(200)
    .default(50)
    .describe('how far any clock may be wrong, and stand still unnoticed, while leaseReads is on'),
  requestMs: z.int().min(1).max(600_000).default(5000).describe('for one request of a client'),
  stateFlushMs: z
    .int()
    .min(1)
    .max(60_000)
    .default(100)
    .describe('between two writes of the state, off the path of the answers'),
  historyMs: z
    .int()
    .min(1000)
    .default(300_000)
    .describe(
      'how long old revisions are kept, in cluster time; one is kept while it is within ' +
        'historyMs, limits.historyRevisions and limits.historyBytes',
    ),
  logAgeMs: z
    .int()
    .min(1)
    .default(3_600_000)
    .describe('age, in cluster time, up to which slots stay in the log; see limits.logSlots'),
  snapshotIdleMs: z
    .int()
    .min(1_000)
    .default(60_000)
    .describe('after which a snapshot that a peer has stopped pulling is let go'),
  closeMs: z.int().min(100).max(600_000).default(10_000).describe('for a graceful end'),
});

const limitsSchema = z.strictObject({
  valueBytes: z.int().min(1).max(4_194_304).default(1_048_576).describe('of one value'),
  slotBytes: z
    .int()
    .min(1)
    .max(4_194_304)
    .default(1_048_576)
    .describe('of the batch in one slot; a longer command gets a slot of its own'),
  proposalWindow: z
    .int()
    .min(1)
    .max(128)
    .default(8)
    .describe('slots that a leader may run ahead of what is chosen'),
  pendingBytes: z
    .int()
    .min(8_388_608)
    .default(67_108_864)
    .describe("clients' commands that wait for an answer; beyond it 503"),
  peerQueueBytes: z
    .int()
    .min(8_388_608)
    .default(33_554_432)
    .describe('waiting for one peer; beyond it messages are dropped'),
  changedKeys: z.int().min(1).default(100_000).describe('that one command changes'),
  stateCacheBytes: z.int().min(0).default(33_554_432).describe('of items kept in memory'),
  historyRevisions: z
    .int()
    .min(0)
    .default(10_000_000)
    .describe('old revisions that are kept; see timing.historyMs'),
  historyBytes: z
    .int()
    .min(0)
    .default(1_073_741_824)
    .describe('of superseded items that are kept; see timing.historyMs'),
  logSlots: z
    .int()
    .min(0)
    .default(100_000)
    .describe(
      'applied slots that stay in the log for peers that are behind; a slot stays while it is ' +
        'within logSlots, logBytes and logAgeMs, and those of the chain in any case',
    ),
  logBytes: z.int().min(0).default(268_435_456).describe('of the log that stay; see logSlots'),
  logChainBytes: z
    .int()
    .min(0)
    .default(67_108_864)
    .describe(
      'of the log whose chain is kept and checked at each start; 32 MiB at the least is safe',
    ),
  logHeldBytes: z
    .int()
    .min(0)
    .default(4_294_967_296)
    .describe('of the log that stay, while the disk has room, for a peer that gets the state'),
  snapshotChunkBytes: z
    .int()
    .min(1)
    .max(4_194_304)
    .default(262_144)
    .describe('of records in one chunk of a snapshot for a peer'),
  snapshotBytesPerSecond: z
    .int()
    .min(1_000)
    .default(33_554_432)
    .describe('at which snapshots are read for peers, all together'),
  listItems: z.int().min(1).max(100_000).default(10_000).describe('in one page of a list'),
  diskSoftBytes: z
    .int()
    .min(0)
    .default(1_073_741_824)
    .describe('room on the disk below which an operator is warned'),
  diskHardBytes: z
    .int()
    .min(0)
    .default(134_217_728)
    .describe('room below which nothing that grows is taken: 507; deletes pass'),
  diskReserveBytes: z
    .int()
    .min(0)
    .default(16_777_216)
    .describe('of a file that is let go of below the hard watermark; 0: none'),
  clientConnections: z.int().min(1).default(10_000).describe('open at once on the client port'),
});

const logSchema = z.strictObject({
  level: z
    .enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'])
    .default('info')
    .describe('the lowest level that is written'),
  format: z
    .enum(['auto', 'json', 'pretty'])
    .default('auto')
    .describe('auto: pretty on a terminal, else JSON'),
});

export const configSchema = z
  .strictObject({
    replicaId: replicaId.describe('my number among the members, from 1'),
    dataDir: z.string().min(1).describe('directory of this replica alone'),
    listen: listenSchema.prefault({}),
    members: z
      .array(memberSchema)
      .min(1)
      .max(MAX_MEMBERS)
      .describe('the initial members, the same list for each; read until the cluster exists'),
    secretFile: z
      .string()
      .min(1)
      .exactOptional()
      .describe("file with the cluster's secret, 0600; or SYNOD_SECRET"),
    quorums: quorumsSchema.describe('majorities unless given'),
    leaseReads: z
      .boolean()
      .default(false)
      .describe('whether a leader answers ?consistency=lease by its clock; the same for each'),
    timing: timingSchema.prefault({}),
    limits: limitsSchema.prefault({}),
    log: logSchema.prefault({}),
  })
  .superRefine((config, context) => {
    for (const { path, message } of contradictions(config)) {
      context.addIssue({ code: 'custom', path: [...path], message });
    }
  });

export type Config = Readonly<z.output<typeof configSchema>>;

type CheckedUrl =
  | { readonly type: 'url'; readonly url: string }
  | { readonly type: 'wrong'; readonly why: string };

/** An origin that peers can reach: http, no path, no credentials, no address that names nobody. */
function checkMemberUrl(text: string): CheckedUrl {
  if (!URL.canParse(text)) return wrong('is not a URL');
  const url = new URL(text);
  if (url.protocol !== 'http:') return wrong('must be an http:// URL');
  if (url.username !== '' || url.password !== '') return wrong('must not carry credentials');
  if (text !== url.origin && text !== `${url.origin}/`) {
    return wrong(`must be scheme, host and port alone, such as ${url.origin}`);
  }
  if (url.hostname === '0.0.0.0' || url.hostname === '[::]') {
    return wrong('must name a host that others can reach, not the unspecified address');
  }
  if (/^169\.254\.|^\[fe[89ab]/.test(url.hostname)) return wrong('must not be link-local');
  return { type: 'url', url: url.origin };
}

function wrong(why: string): CheckedUrl {
  return { type: 'wrong', why };
}
