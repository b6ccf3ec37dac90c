/** What a flood is told, and what it tells when it is over: it runs in a thread of its own. */
export interface FloodPlan {
  readonly urls: readonly string[];
  /** To each. */
  readonly connections: number;
  readonly prefix: string;
}

export interface FloodReport {
  /** How often, by status; `broken`: no answer came. */
  readonly answers: Readonly<Record<string, number>>;
  /** Refusals for now that did not say when to come again. */
  readonly withoutRetryAfter: number;
}

/** The word that ends it. */
export const FLOOD_END = 'end';

const ALLOWED: ReadonlySet<string> = new Set(['200', '201', '429', '503', '504', '507', 'broken']);

/** What is wrong with how a flood was answered; `undefined`: nothing. */
export function wrongInFlood({ answers, withoutRetryAfter }: FloodReport): string | undefined {
  const wrong = Object.keys(answers).filter((status) => !ALLOWED.has(status));
  if (wrong.length > 0) return `answered with ${wrong.join(', ')}`;
  if (withoutRetryAfter > 0) return `${withoutRetryAfter} times 429 or 503 without Retry-After`;
  return undefined;
}
