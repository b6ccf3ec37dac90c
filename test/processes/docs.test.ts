/** The lines of the pages on the API, which run one block after the other against one cluster. */
import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, test } from 'vitest';
import { runProgram, sharedLauncher } from './launcher.ts';

let hasCurl = true;
beforeAll(async () => {
  hasCurl = (await runProgram('sh', ['-c', 'curl --version'])).status === 0;
  if (!hasCurl) console.error('SKIPPED: curl is missing, so no line of the docs was run');
});

function blocksOf(page: string): readonly string[] {
  return [...page.matchAll(/^```sh\n([^]*?)^```$/gm)].map(([, text = '']) => text);
}

describe('the lines of', () => {
  const clusterOf = sharedLauncher();

  test.for([
    [
      'docs/api.md',
      11,
      [
        '"prev":{"key":"api/colour","value":"blue"',
        'HTTP/1.1 304',
        '"deleted":1',
        '"trace":{"slot":',
        'event: standing\n',
        '{"event":"standing",',
      ],
    ],
    [
      'docs/consistency.md',
      1,
      [
        'Synod-Consistency: linearizable',
        'Synod-Staleness: ',
        '["fresh/shape"]',
        '"succeeded":true',
      ],
    ],
    ['docs/exactly-once.md', 1, ['Idempotency-Replayed: true', '-1-1422\n']],
    [
      'docs/story-of-a-write.md',
      1,
      [
        'Server-Timing: queue;dur=',
        'forward;dur=',
        '"forwarded":{"by":',
        '"op":"delete","key":"story/colour"',
      ],
    ],
    [
      'docs/leases-and-locks.md',
      4,
      ['Synod-Ttl: ', '"event":"expire"', '"remaining":"', '409\n', '412\n', 'anna', 'berta'],
    ],
    ['docs/watch.md', 1, ['event: delete\n', '"prev":{"key":"watch/a","value":"one"']],
  ] as const)('%s', async ([file, count, outputs], { skip }) => {
    skip(!hasCurl, 'curl is missing');
    const { port } = clusterOf();
    const blocks = blocksOf(readFileSync(file, 'utf8'));
    expect(blocks.length).toBeGreaterThanOrEqual(count);
    let output = '';
    for (const block of blocks) {
      const script = block.replaceAll(
        /127\.0\.0\.1:76([012])0/g,
        (_, id) => `127.0.0.1:${port + 10 * Number(id)}`,
      );
      const ran = await runProgram('sh', ['-euc', script]);
      expect({ block, ...ran }).toMatchObject({ status: 0 });
      output += ran.output;
    }
    for (const expected of outputs) expect(output).toContain(expected);
  });
});
