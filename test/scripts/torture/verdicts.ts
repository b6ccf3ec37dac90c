/** A verdict for tests, and whatever is to be otherwise in it. */
import type { Verdict } from '../../../scripts/torture/run-record.ts';

export function verdict(changes: Partial<Verdict> = {}): Verdict {
  return {
    name: 'w1-n5',
    result: 'green',
    skipped: null,
    workloads: ['W1'],
    faults: ['N5'],
    replicas: 3,
    seed: 7,
    minutes: 1,
    commit: 'abcdef0123',
    startedAt: '2026-01-02T03:04:05.678Z',
    host: { node: 'v20.20.2', kernel: '6', cores: 2 },
    operations: { ok: 3, failed: 2, unknown: 1 },
    recovery: { serviceMs: 20, readyMs: 30, equalMs: 40 },
    checks: [{ name: 'hashes equal', result: 'passed', text: '', findings: [] }],
    messages: {},
    ...changes,
  };
}
