/** What an event of a watch says of what was there before it. */
import type { Change } from './store-history.ts';
import type { StreamEvent } from './stream.ts';

export const CONTENT_KINDS = ['wrongPrev', 'wrongVersions'] as const;

/** What is known of a key from before an event. */
export interface Past {
  /** The last that happened. */
  readonly before: Change | undefined;
  /** Nothing happened since, for certain: the stream would have told. */
  readonly isWhole: boolean;
  /** The key may have ended without anybody seeing it. */
  readonly mayHaveEnded: boolean;
}

/** Why its `prev` is wrong, where it was asked for; what all streams tell as `prev` counts as known. */
export function prevFault(event: StreamEvent, past: Past): string | undefined {
  const { prev, key, revision } = event;
  const { before } = past;
  const what = `the prev of ${JSON.stringify(key)} at revision ${revision}`;
  if (prev === undefined) return `${what} is not there`;
  if (prev === null) {
    if (event.type !== 'put') return `${what} is null, and a ${event.type} ends what is there`;
    if (before?.type !== 'put' || mayBeGone(past)) return undefined;
    return `${what} is null, put at ${before.revision}`;
  }
  const last = before === undefined ? 'nothing' : `a ${before.type} at ${before.revision}`;
  const isSame = before?.revision === prev.revision && before.value === prev.value;
  if (before?.type !== 'put' || !isSame) return `${what} is of ${prev.revision}, last was ${last}`;
  const isVersion = (before.version ?? prev.version) === (prev.version ?? before.version);
  return isVersion ? undefined : `${what} has version ${prev.version}, not ${before.version}`;
}

/** Why the version or the create revision of a put is wrong. */
export function versionFault(event: StreamEvent, past: Past): string | undefined {
  const { type, key, revision, version, createRevision } = event;
  if (type !== 'put' || (version === undefined && createRevision === undefined)) return undefined;
  const isRight = goTogether(event) && followsPrev(event) && followsPast(event, past);
  if (isRight) return undefined;
  const { before } = past;
  const last = before === undefined ? '' : `, after a ${before.type} at ${before.revision}`;
  const said = `version ${version ?? 'unknown'}, created at ${createRevision ?? 'unknown'}`;
  return `${JSON.stringify(key)} has at revision ${revision} ${said}${last}`;
}

function goTogether({ version, createRevision, revision }: StreamEvent): boolean {
  if (version === undefined || createRevision === undefined) return true;
  return (createRevision === revision) === (version === 1) && createRevision <= revision;
}

function followsPrev({ prev, version, createRevision, revision }: StreamEvent): boolean {
  if (prev === undefined) return true;
  if (prev === null) return (version ?? 1) === 1 && (createRevision ?? revision) === revision;
  if (createRevision !== undefined && createRevision > prev.revision) return false;
  return prev.version === undefined || version === undefined || version === prev.version + 1;
}

function followsPast(event: StreamEvent, past: Past): boolean {
  const { before, isWhole } = past;
  const { version, createRevision, revision } = event;
  if (before === undefined) return true;
  const isNew = version === 1 || createRevision === revision;
  if (before.type !== 'put')
    return isWhole ? isNew : (createRevision ?? revision) > before.revision;
  if (createRevision !== undefined && createRevision > before.revision) return mayBeGone(past);
  if (isNew) return mayBeGone(past);
  const isSame =
    (before.createRevision ?? createRevision) === (createRevision ?? before.createRevision);
  if (before.version === undefined || version === undefined) return isSame;
  const isHigher = isWhole ? version === before.version + 1 : version > before.version;
  return isHigher && (isSame || mayBeGone(past));
}

function mayBeGone({ isWhole, mayHaveEnded }: Past): boolean {
  return !isWhole && mayHaveEnded;
}
