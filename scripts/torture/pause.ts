const POLL_MS = 50;

/** Resolves after so long, or soon after it is over. */
export async function pauseUnless(isOver: () => boolean, ms: number): Promise<void> {
  const endsAt = performance.now() + ms;
  while (!isOver() && performance.now() < endsAt) {
    const left = Math.max(0, endsAt - performance.now());
    await new Promise((resolve) => setTimeout(resolve, Math.min(POLL_MS, left)));
  }
}
