/** Time, passed in. */
export interface Timers {
  /** Calls `action` once, after `delayMs`. The result cancels it; cancelling twice is harmless. */
  after(delayMs: number, action: () => void): () => void;
}

export const SYSTEM_TIMERS: Timers = {
  after(delayMs, action) {
    const timer = setTimeout(action, delayMs);
    return () => clearTimeout(timer);
  },
};
