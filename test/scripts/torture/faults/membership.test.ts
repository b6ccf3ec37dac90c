/** N24 puts back who founded the cluster, also where nobody answers at first. */
import { createServer } from 'node:http';
import { expect, onTestFinished, test } from 'vitest';
import { freePorts } from '../../../../scripts/bench/ports.ts';
import { knownMembership } from '../../../../scripts/torture/faults/membership-change.ts';
import { membershipOf } from '../../../../scripts/torture/faults/membership-orders.ts';

test('who belongs to the cluster is known as soon as anybody answers', async () => {
  const now = { clusterId: 'c', epoch: 3, members: [{ id: 2, role: 'voter' }] };
  const server = createServer((_, response) => response.end(JSON.stringify(now)));
  onTestFinished(() => void server.close());
  const [port = 0] = await freePorts(1);
  let asked = 0;
  const members = () => {
    asked += 1;
    if (asked === 3) server.listen(port, '127.0.0.1');
    return [{ clientUrl: `http://127.0.0.1:${port}` }];
  };
  const findings: (string | undefined)[] = [];
  const known = await knownMembership({
    cluster: { members },
    expect: (_, finding) => findings.push(finding),
  });
  expect(known).toMatchObject({ epoch: 3 });
  expect(findings).toEqual([]);
  expect(asked).toBeGreaterThan(2);
});

test('one that starts names nobody, and is not believed', async () => {
  const server = createServer((_, response) => {
    response.end(JSON.stringify({ clusterId: 'c', epoch: 9, members: [] }));
  });
  onTestFinished(() => void server.close());
  const [port = 0] = await freePorts(1);
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  const members = () => [{ clientUrl: `http://127.0.0.1:${port}` }];
  expect(await membershipOf({ cluster: { members } })).toBeUndefined();
});
