/** `docker compose`, for the project of this folder. */
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const PROJECT_FOLDER = fileURLToPath(new URL('../../..', import.meta.url));
const COMMAND_MS = 60_000;
const run = promisify(execFile);

/** What it printed. `environment`: what docker-compose.yml is to find beside this process's own. */
export async function compose(
  args: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): Promise<string> {
  return docker(['compose', ...args], environment);
}

export async function docker(
  args: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): Promise<string> {
  const env = { ...process.env, ...environment };
  const options = { cwd: PROJECT_FOLDER, timeout: COMMAND_MS, env };
  const { stdout } = await run('docker', [...args], options);
  return stdout;
}
