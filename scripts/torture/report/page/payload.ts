/**
 * What the page is given, beside its text: one gzip stream, as base64. It holds the length of a
 * header (4 bytes, little endian), the header (JSON), and the operations: one column after another,
 * each a row of varints, so that half a million of them are a few MB.
 */

/** In the order in which they are written. */
export const COLUMNS = [
  /** µs since the operation before began. */
  'begin',
  /** µs. */
  'duration',
  /** An index in `ENDINGS`. */
  'ending',
  /** An index in `rows`. */
  'row',
  /** An index in `calls`. */
  'f',
  /** Indices in `texts`, as `asked`, `got` and `error`. */
  'key',
  'asked',
  /** 0: nothing that was not asked. */
  'got',
  /** 0: none. */
  'error',
  /** Its id plus 1; 0: not known. */
  'replica',
] as const;

export type ColumnName = (typeof COLUMNS)[number];

/** `open`: the run was over before it ended, so nobody knows what became of it either. */
export const ENDINGS = ['ok', 'failed', 'unknown', 'open'] as const;

export interface Header {
  /** When the last thing happened that is known of the run. */
  readonly endUs: number;
  readonly count: number;
  /** The bytes of each column, in the order of `COLUMNS`. */
  readonly columnBytes: readonly number[];
  /** The first is empty. */
  readonly texts: readonly string[];
  readonly calls: readonly string[];
  /** The processes, those of one workload beside each other. */
  readonly rows: readonly Row[];
  readonly faults: readonly FaultSpan[];
  readonly replicas: readonly ReplicaSamples[];
  readonly findings: readonly FindingPlace[];
}

export interface Row {
  readonly workload: string;
  readonly process: number;
}

export interface FaultSpan {
  readonly fault: string;
  readonly text: string;
  readonly replicas: readonly number[];
  readonly beginUs: number;
  /** As `beginUs` for what lasts no time; `null`: it lasted until the run was over. */
  readonly endUs: number | null;
}

/** The samples of one replica, by column. */
export interface ReplicaSamples {
  readonly replica: number;
  readonly timeUs: readonly number[];
  readonly role: readonly string[];
  readonly leader: readonly (number | null)[];
  /** `round.leader`; empty: none. */
  readonly ballot: readonly string[];
  readonly chosenUpTo: readonly number[];
  readonly residentMiB: readonly (number | null)[];
}

export interface FindingPlace {
  readonly atUs: number;
  readonly process: number | null;
}
