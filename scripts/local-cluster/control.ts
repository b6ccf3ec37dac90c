/**
 * What is asked at the launcher's door, and answered.
 *
 * Faults come through it. The launcher alone signals its children, which it holds as handles: no
 * process id is looked up, so none can belong to a stranger by now, and whether a replica that
 * ended is to be started again is decided in one place.
 */
import { z } from 'zod';
import { linkTableSchema, linksAnswerSchema } from '../links/link-table.ts';
import { askAt, openDoorAt, type Door } from './door.ts';
import { harmSchema } from './harm.ts';

const SOCKET = 'launcher.sock';

const replica = z.int().min(1).max(9);
const requestSchema = z.discriminatedUnion('do', [
  z.strictObject({ do: z.enum(['kill', 'restart', 'pause', 'resume']), replica }),
  z.strictObject({ do: z.enum(['status', 'openLinks', 'closeLinks']) }),
  z.strictObject({ do: z.literal('harm'), replica, harm: harmSchema }),
  z.strictObject({ do: z.literal('undoHarm'), replica }),
  z.strictObject({ do: z.literal('setLinks'), links: linkTableSchema }),
]);
const replicaSchema = z.strictObject({
  id: z.int(),
  state: z.enum(['running', 'paused', 'killed', 'waiting', 'ended']),
  pid: z.int().exactOptional(),
  clientUrl: z.string(),
  /** What else is wrong with it, in words: its clock, its disk. */
  harm: z.array(z.string()).readonly().exactOptional(),
});
const answerSchema = z.strictObject({
  ok: z.boolean(),
  message: z.string(),
  launcherPid: z.int().exactOptional(),
  replicas: z.array(replicaSchema).exactOptional(),
  /** What the links say of themselves; missing where they are not open. */
  links: linksAnswerSchema.exactOptional(),
});

export type ControlRequest = z.infer<typeof requestSchema>;
export type ControlAnswer = z.infer<typeof answerSchema>;
export type ReplicaState = z.infer<typeof replicaSchema>;

/** `undefined`: another launcher runs on this folder. */
export function openDoor(
  folder: string,
  answer: (request: ControlRequest) => Promise<ControlAnswer>,
): Promise<Door | undefined> {
  const place = { folder, socket: SOCKET };
  return openDoorAt(place, (request) => answer(requestSchema.parse(request)));
}

/** Asks the launcher of a folder. `undefined`: none runs there. */
export async function askLauncher(
  folder: string,
  request: ControlRequest,
): Promise<ControlAnswer | undefined> {
  const answer = await askAt({ folder, socket: SOCKET }, request);
  return answer === undefined ? undefined : answerSchema.parse(answer);
}
