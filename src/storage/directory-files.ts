/**
 * The small files of a data directory that say whose it is, and whether it may vote:
 *
 *   identity.json   the replica id, and the incarnation drawn when the directory was created
 *   genesis.json    the membership record that this replica took as the cluster's first
 *   suspect.json    the mark that votes may have been forgotten here; absent as a rule
 *   next-incarnation.json   what a suspect wants to be let in again as (next-incarnation.ts)
 *   state.json      the number of the directory of the state; absent until one was installed
 *   fenced.json     the mark that a recovery made another cluster of what is here
 *
 * Each has a format version and a checksum: a file that was edited or damaged is refused.
 */
import { createHash } from 'node:crypto';
import { z } from 'zod';
import type { ReplicaId } from '../paxos/ballot.ts';
import type { Incarnation, Membership } from '../paxos/membership.ts';
import { membershipSchema, orderedMembership } from './membership-record.ts';
import { OtherFormatError, StorageError } from './storage-error.ts';

/** Raised when an older version could no longer read the directory. */
export const FORMAT_VERSION = 5;

export interface DirectoryIdentity {
  readonly replicaId: ReplicaId;
  readonly incarnation: Incarnation;
}

/** The cluster that a recovery without a quorum made, and when. */
export interface Fence {
  readonly clusterId: string;
  /** As ISO 8601 has it, by the clock of the machine. */
  readonly at: string;
}

/** What a suspect wants to be let in again as, and the membership that names it so; `null`: none as yet. */
export interface NextIncarnation {
  readonly incarnation: Incarnation;
  readonly membership: Membership | null;
}

const hexId = z.string().regex(/^[0-9a-f]{32}$/);
const positive = z.int().positive();

const identitySchema = z.strictObject({ replicaId: positive, incarnation: hexId });

const stateNumberSchema = z.strictObject({ number: positive });

const suspicionSchema = z.strictObject({ reason: z.string() });

const nextIncarnationSchema = z.strictObject({
  incarnation: hexId,
  membership: membershipSchema.nullable(),
});

const fenceSchema = z.strictObject({ clusterId: hexId, at: z.string() });

const envelopeSchema = z.object({
  format: z.int(),
  checksum: z.string().optional(),
  content: z.unknown(),
});

export function identityText(identity: DirectoryIdentity): string {
  const { replicaId, incarnation } = identity;
  return wrap({ replicaId, incarnation });
}

export function parseIdentity(path: string, text: string): DirectoryIdentity {
  return unwrap(path, text, identitySchema);
}

/** The same for the same record, in whatever order its fields were built. */
export function genesisText(membership: Membership): string {
  return wrap(orderedMembership(membership));
}

export function parseGenesis(path: string, text: string): Membership {
  return unwrap(path, text, membershipSchema);
}

export function suspicionText(reason: string): string {
  return wrap({ reason });
}

/** That the mark is there is what counts, also where it cannot be read. */
export function parseSuspicion(path: string, text: string): string {
  try {
    return unwrap(path, text, suspicionSchema).reason;
  } catch (error) {
    if (error instanceof StorageError) return `it was marked, and the mark ${path} is damaged`;
    throw error;
  }
}

export function nextIncarnationText({ incarnation, membership }: NextIncarnation): string {
  return wrap({
    incarnation,
    membership: membership === null ? null : orderedMembership(membership),
  });
}

export function parseNextIncarnation(path: string, text: string): NextIncarnation {
  return unwrap(path, text, nextIncarnationSchema);
}

export function fenceText({ at, clusterId }: Fence): string {
  return wrap({ clusterId, at });
}

export function parseFence(path: string, text: string): Fence {
  return unwrap(path, text, fenceSchema);
}

export function stateNumberText(number: number): string {
  return wrap({ number });
}

export function parseStateNumber(path: string, text: string): number {
  return unwrap(path, text, stateNumberSchema).number;
}

function wrap(content: object): string {
  const file = { format: FORMAT_VERSION, checksum: checksum(content), content };
  return `${JSON.stringify(file, undefined, 2)}\n`;
}

function unwrap<T>(path: string, text: string, schema: z.ZodType<T>): T {
  const envelope = envelopeSchema.safeParse(parseJson(path, text));
  if (!envelope.success) throw garbled(path, 'it is not a file of this server');
  const { format, content } = envelope.data;
  if (format !== FORMAT_VERSION) throw otherFormat(path, format);
  if (checksum(content) !== envelope.data.checksum) throw garbled(path, 'its checksum is wrong');
  const parsed = schema.safeParse(content);
  if (!parsed.success) throw garbled(path, z.prettifyError(parsed.error));
  return parsed.data;
}

function parseJson(path: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw garbled(path, 'it is not JSON');
  }
}

function otherFormat(path: string, format: number): OtherFormatError {
  const advice =
    format > FORMAT_VERSION
      ? 'A newer version of the server wrote it: start that version, or a newer one.'
      : 'This version cannot read it: start the version that wrote it.';
  return new OtherFormatError(
    `${path} has format version ${format}, and this server reads ${FORMAT_VERSION}. ${advice}`,
  );
}

function garbled(path: string, problem: string): StorageError {
  return new StorageError(
    `${path} is damaged: ${problem}. Restore the file as it was; without it, this directory ` +
      'cannot be used, and the replica must be replaced.',
  );
}

/** Over the JSON as it is written, so that the order of the fields counts. */
function checksum(content: unknown): string {
  return createHash('sha256').update(JSON.stringify(content)).digest('hex').slice(0, 32);
}
