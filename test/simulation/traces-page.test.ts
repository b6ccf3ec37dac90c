/** docs/traces.md is held to what is written: its example, its drawing and its members. */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { drawLanes } from '../../src/simulation/lanes.ts';
import { REPLICA_FACTS, WORLD_FACTS } from '../../src/simulation/trace-event.ts';
import { parseTrace } from '../../src/simulation/trace-file.ts';

const PAGE = readFileSync('docs/traces.md', 'utf8');

function block(language: string): string {
  const parts = PAGE.split(`\`\`\`${language}\n`);
  expect(parts).toHaveLength(2);
  return parts[1]?.split('```')[0] ?? '';
}

test('the example is a trace, and is drawn as the page shows it', () => {
  const { replicas, trace } = parseTrace(block('jsonl'));
  const lines = drawLanes(trace, {
    replicas,
    width: undefined,
    maxLines: undefined,
    isComplete: false,
  });
  expect(`${lines.join('\n')}\n`).toBe(block('text'));
});

test('the page names every fact', () => {
  for (const fact of [...REPLICA_FACTS, ...WORLD_FACTS]) expect(PAGE).toContain(`\`${fact}\``);
});
