/** What an event of a watch says of what was there before it. */
import type { Change } from './store-history.ts';
import type { StreamEvent } from './stream.ts';

export const CONTENT_KINDS = ['wrongPrev', 'wrongVersions'] as const;

/** Why its `prev` is wrong, where it was asked for. `before`: what is known to have happened before. */
export function prevFault(event: StreamEvent, before: Change | undefined): string | undefined {
  const { prev, key, revision } = event;
  const what = `the prev of ${JSON.stringify(key)} at revision ${revision}`;
  if (prev === undefined) return `${what} is not there`;
  if (prev === null) {
    return before?.type === 'put' ? `${what} is null, put at ${before.revision}` : undefined;
  }
  if (before === undefined) return `${what} is of ${prev.revision}, where nobody put it`;
  const isRight =
    before.type === 'put' && before.revision === prev.revision && before.value === prev.value;
  if (!isRight)
    return `${what} is of ${prev.revision}, last was a ${before.type} at ${before.revision}`;
  const isVersion = (before.version ?? prev.version) === (prev.version ?? before.version);
  return isVersion ? undefined : `${what} has version ${prev.version}, not ${before.version}`;
}

/**
 * Why the version or the create revision of a put is wrong. Something may have happened unseen between
 * it and `before`, unless the stream held all since then, or told of it as `prev`.
 */
export function versionFault(
  event: StreamEvent,
  before: Change | undefined,
  start: number | undefined,
): string | undefined {
  const { type, key, revision, version, createRevision, prev } = event;
  if (type !== 'put') return undefined;
  const what = `version ${version}, created at ${createRevision}, of ${JSON.stringify(key)} at revision ${revision}`;
  if (createRevision !== undefined && version !== undefined) {
    const isNew = createRevision === revision;
    if (isNew !== (version === 1) || createRevision > revision) return what;
  }
  if (before === undefined) return undefined;
  const isNext = prev !== undefined || (start !== undefined && start <= before.revision);
  const isRight = isNext ? isNextVersion(event, before) : isLaterVersion(event, before);
  return isRight ? undefined : `${what}, after a ${before.type} at ${before.revision}`;
}

function isNextVersion(
  { version, createRevision, revision }: StreamEvent,
  before: Change,
): boolean {
  if (before.type !== 'put')
    return (version ?? 1) === 1 && (createRevision ?? revision) === revision;
  const next = before.version === undefined ? version : before.version + 1;
  const created = before.createRevision ?? createRevision;
  if ((version ?? next) !== next || version === 1) return false;
  return (createRevision ?? created) === created;
}

function isLaterVersion({ version, createRevision }: StreamEvent, before: Change): boolean {
  if (createRevision === undefined || createRevision > before.revision) return true;
  if (before.type !== 'put') return false;
  const isSame = (before.createRevision ?? createRevision) === createRevision;
  return isSame && (version === undefined || version > (before.version ?? 0));
}
