/** The configuration of the one replica of which a new cluster is to consist. */
import { type Config, loadConfig } from './config.ts';

export interface OwnMember {
  readonly type: 'member';
  readonly config: Config;
  readonly replicaId: number;
  readonly dataDir: string;
  readonly address: { readonly peerUrl: string; readonly clientUrl: string };
}

export type OwnMemberLoaded =
  | OwnMember
  | { readonly type: 'refused'; readonly problems: readonly string[] };

/** `usage` is said where help, or a version, is asked for. */
export function loadOwnMember(argv: readonly string[], usage: string): OwnMemberLoaded {
  const loaded = loadConfig({ argv, env: process.env });
  if (loaded.type === 'refused') {
    const problems = loaded.problems.map((problem) => `configuration: ${problem}`);
    return { type: 'refused', problems };
  }
  if (loaded.type !== 'config') return { type: 'refused', problems: [usage] };
  const { config } = loaded;
  const { dataDir, members, replicaId } = config;
  const own = members.find(({ id }) => id === replicaId);
  if (own === undefined) {
    const problem = `configuration: members do not name replica ${replicaId}`;
    return { type: 'refused', problems: [problem] };
  }
  const address = { peerUrl: own.peerUrl, clientUrl: own.clientUrl };
  return { type: 'member', config, replicaId, dataDir, address };
}
