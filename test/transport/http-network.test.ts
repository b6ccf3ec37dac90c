import { Buffer } from 'node:buffer';
import { afterEach, describe, expect, it } from 'vitest';
import { accept, Cluster, heartbeat, openCluster, until } from './network-kit.ts';

let cluster: Cluster | undefined;

afterEach(async () => {
  await cluster?.close();
  cluster = undefined;
});

describe('a network over HTTP', () => {
  it('delivers what was sent, in order, to each peer', async () => {
    cluster = await (await openCluster(3)).linked();
    const [a, b, c] = [1, 2, 3].map((id) => cluster!.station(id));
    for (let slot = 1; slot <= 500; slot += 1) {
      const message = slot % 5 === 0 ? accept(slot, Buffer.alloc(3_000, slot)) : heartbeat(slot);
      expect(a!.network.send(2, message)).toBe(true);
      expect(a!.network.send(3, message)).toBe(true);
    }
    await until(() => b!.heard.length === 500 && c!.heard.length === 500);
    expect(b!.messages.map((m) => ('chosenUpTo' in m ? m.type : ''))).toEqual(
      c!.messages.map((m) => m.type),
    );
    expect(b!.messages[498]).toEqual(heartbeat(499));
    expect(b!.messages[499]).toEqual(accept(500, Buffer.alloc(3_000, 500)));
  });
});
