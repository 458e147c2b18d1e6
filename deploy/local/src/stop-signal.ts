/** Where signals come from, and how to leave at once: the process, or a test's own. */
export interface SignalSource {
  on(name: 'SIGINT' | 'SIGTERM', listener: () => void): unknown;
  exit(code: number): void;
}

/** A terminal sends Ctrl-C to everyone in it and npm passes it on: one key press arrives twice within milliseconds. */
const ONE_PRESS_MS = 500;

/**
 * Aborts at the first SIGINT or SIGTERM, for an orderly stop. Another one, unless it is an echo of the same key press,
 * leaves at once, and the watchdogs end the processes.
 *
 * @param reason what whoever waits for the signal is told
 */
export function stopSignal(reason: string, source: SignalSource = process): AbortSignal {
  const controller = new AbortController();
  let askedAt = 0;
  for (const name of ['SIGINT', 'SIGTERM'] as const) {
    source.on(name, () => {
      if (!controller.signal.aborted) {
        askedAt = performance.now();
        controller.abort(new Error(reason));
      } else if (performance.now() - askedAt > ONE_PRESS_MS) source.exit(130);
    });
  }
  return controller.signal;
}
