/** How the replicas of a run ended, each time. */
import type { Fault } from './fault.ts';
import type { Ended, TortureReplica } from './replica.ts';
import type { Check, Finding } from './run-record.ts';

/** What is asked of a replica here. */
export type Lived = Pick<TortureReplica, 'id' | 'ends' | 'wholeLog'>;

/** A life of this length is none of a loop. */
const LASTING_MS = 10_000;
/** Far longer than any fault holds a replica's disk: 18 s were seen. */
const LOOP_MS = 60_000;
const FATAL_LEVEL = 60;
const MAX_LINE_CHARS = 400;
/** Faults that end a replica, or make it end itself as it should: disks that fail, memory that is short. */
const MAY_END: ReadonlySet<string> = new Set(
  'N4 N14 N15 N16 N17 N18 N19 N20 N21 N22 N31'.split(' '),
);
/**
 * LevelDB holds no block against its checksum when it reads, and ends the process where the shape of one
 * fails an assertion of its own. Before it opens a table the replica does that itself; what is damaged
 * under LevelDB's hands is found so, and by the next start.
 */
const LEVELDB_ASSERTION = /deps\/leveldb\/\S+ .*Assertion `.*' failed\.$/;
/** An error of these is a bug of ours, whatever was done to the replica. */
const BUGS = /AssertionFailed|TypeError|ReferenceError|RangeError|SyntaxError/;

/**
 * A replica never ends by itself but for a fault that makes it, never again and again for long, and never
 * for a bug.
 */
export function checkLives(
  replicas: readonly Lived[],
  faults: readonly Pick<Fault, 'id'>[],
): Check {
  const mayEnd = faults.some(({ id }) => MAY_END.has(id));
  const lives = replicas.flatMap(({ ends }) => ends);
  const findings = replicas.flatMap((replica) => [
    ...(mayEnd ? [] : endsOf(replica)),
    ...loopsOf(replica),
    ...bugsOf(replica),
  ]);
  const byThemselves = lives.filter(({ meant }) => !meant).length;
  const text = `${lives.length} lives ended, ${byThemselves} by themselves`;
  return {
    name: 'no replica ends for a bug',
    result: findings.length === 0 ? 'passed' : 'failed',
    text,
    findings,
  };
}

function endsOf(replica: Lived): readonly Finding[] {
  return replica.ends
    .filter(({ meant }) => !meant)
    .map(({ how, ranMs }) => ({
      text: `replica ${replica.id} ended by itself (${how}), ${Math.round(ranMs)} ms after its start`,
    }));
}

/** Ends by itself that follow one another, no life between them having lasted. */
function loopsOf({ id, ends }: Lived): readonly Finding[] {
  const rows = ends.reduce<Ended[][]>((before, end) => {
    const row = before.at(-1);
    const isNext = row !== undefined && !end.meant && end.ranMs < LASTING_MS;
    if (isNext) row.push(end);
    else before.push(end.meant ? [] : [end]);
    return before;
  }, []);
  return rows.flatMap((row) => {
    const [first, last] = [row[0], row.at(-1)];
    if (first === undefined || last === undefined) return [];
    const tookMs = Math.round(last.atMs - first.atMs);
    if (tookMs <= LOOP_MS) return [];
    return [
      { text: `replica ${id} ended by itself ${row.length} times in a row, for ${tookMs} ms` },
    ];
  });
}

function bugsOf(replica: Lived): readonly Finding[] {
  const crashed = replica.ends.filter(({ how }) => how === 'SIGSEGV' || how === 'SIGABRT');
  const lines = replica.wholeLog().split('\n');
  const said = lines.filter((line) => line.includes(`"level":${FATAL_LEVEL}`) && BUGS.test(line));
  const asserted = lines.filter((line) => LEVELDB_ASSERTION.test(line));
  const excused = crashed
    .filter(({ how, wasDamaged }) => how === 'SIGABRT' && wasDamaged)
    .slice(0, asserted.length);
  return [
    ...crashed
      .filter((end) => !excused.includes(end))
      .map(({ how }) => ({ text: `replica ${replica.id} ended with ${how}` })),
    ...said.map((line) => ({
      text: `replica ${replica.id} says: ${line.slice(0, MAX_LINE_CHARS)}`,
    })),
  ];
}
