/**
 * One schema for a replica's configuration, wherever a setting comes from: a JSON file, a
 * `SYNOD_*` variable, a flag. Flags win over variables, variables over the file, the file over the
 * defaults. What the schema does not know is refused by name, so that a typo never passes silently.
 *
 * The secret is not a setting: see `secret.ts`.
 */
import type { z } from 'zod';
import { configSchema, type Config } from './config-schema.ts';
import { collectSources, settingsOf, type ConfigSources } from './config-sources.ts';
import { readSecret } from './secret.ts';

export type { Config } from './config-schema.ts';

export type LoadedConfig =
  | { readonly type: 'config'; readonly config: Config; readonly secret: Uint8Array | undefined }
  | { readonly type: 'refused'; readonly problems: readonly string[] }
  | { readonly type: 'help' }
  | { readonly type: 'version' };

/** Reads all sources. `refused` names each field that is wrong, where it came from, and why. */
export function loadConfig(sources: ConfigSources): LoadedConfig {
  const collected = collectSources(sources, configSchema);
  if (collected.type !== 'settings') return collected;
  const parsed = configSchema.safeParse(collected.settings);
  if (!parsed.success) {
    const problems = parsed.error.issues.flatMap((issue) =>
      describeIssue(issue, collected.originOf(issue.path)),
    );
    return { type: 'refused', problems };
  }
  const config = parsed.data;
  const secretFileFrom = collected.originOf(['secretFile']);
  if (collected.secretVariable !== undefined && secretFileFrom.startsWith(' (from')) {
    return {
      type: 'refused',
      problems: [`secretFile${secretFileFrom}: SYNOD_SECRET is given too`],
    };
  }
  const secret = readSecret(config.secretFile, collected.secretVariable);
  if (secret.type === 'refused') return { type: 'refused', problems: [secret.problem] };
  if (secret.secret === undefined && !isLoopback(config.listen.peer.host)) {
    return { type: 'refused', problems: [openPeerPort(config.listen.peer.host)] };
  }
  return { type: 'config', config, secret: secret.secret };
}

function describeIssue(issue: z.core.$ZodIssue, origin: string): readonly string[] {
  const field = issue.path.join('.');
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map(
      (key) => `${field === '' ? key : `${field}.${key}`}${origin}: there is no such setting`,
    );
  }
  const missing = issue.code === 'invalid_type' && issue.message.endsWith('received undefined');
  return [`${field}${origin}: ${missing ? 'is required' : issue.message}`];
}

export function isLoopback(address: string): boolean {
  return address === 'localhost' || address === '::1' || /^127(\.\d{1,3}){3}$/.test(address);
}

function openPeerPort(address: string): string {
  return (
    `listen.peer.host: ${address} is open to other machines, and there is no secret. ` +
    'Give the cluster one (secretFile or SYNOD_SECRET), or bind 127.0.0.1.'
  );
}

/** What `--help` prints: every setting with its three names. */
export function describeConfig(): string {
  const lines = settingsOf(configSchema).map(
    ({ flag, variable, description, defaultsTo }) =>
      `  ${flag} (${variable})\n      ${description}${defaultsTo === undefined ? '' : `; ${defaultsTo}`}`,
  );
  return [
    'usage: npm start -- --config FILE [--SETTING VALUE ...]',
    '',
    'Flags win over SYNOD_* variables, variables over the file (SYNOD_CONFIG), the file over the',
    'defaults. The secret is given by secretFile or SYNOD_SECRET.',
    '',
    ...lines,
    '  --version, --help',
  ].join('\n');
}
