/** "`local`: at once, labelled with its revision and its age." */
import { expect, test } from 'vitest';
import { CalmWorld, put } from './calm-world.ts';

function ageMs(world: CalmWorld, id: number): number {
  const grant = world.read(id, { level: 'local' }).answer;
  return grant.type === 'granted' ? grant.stalenessMs : Number.NaN;
}

function cutOff(world: CalmWorld, id: number): void {
  const others = world.replicas.map((replica) => replica.id).filter((other) => other !== id);
  world.network.cut(others.flatMap((other) => [[id, other] as const, [other, id] as const]));
}

test('it is young while the leader is heard, and grows once it is not', () => {
  const world = new CalmWorld(3).start();
  const [follower = 0] = world.followers;
  world.runMs(200);
  expect(ageMs(world, follower)).toBeLessThan(160);
  cutOff(world, follower);
  world.runMs(1_000);
  expect(ageMs(world, follower)).toBeGreaterThan(900);
  expect(ageMs(world, world.leader)).toBeLessThan(110);
});

test('after a restart it is not known until the state is known to be that of the leader', () => {
  const world = new CalmWorld(3).start();
  const [follower = 0] = world.followers;
  world.answered(world.write(world.leader, put('a')));
  world.runMs(300);
  world.replica(follower).crash();
  cutOff(world, follower);
  world.runMs(5_000);
  world.replica(follower).start();
  world.until(() => world.host(follower).replica !== undefined, 'a start');
  expect(ageMs(world, follower)).toBe(Number.POSITIVE_INFINITY);
  world.network.cut([]);
  world.runMs(500);
  expect(ageMs(world, follower)).toBeLessThan(200);
});
