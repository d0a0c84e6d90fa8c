/**
 * One listener a signal, however many questions share it: a request's signal is given to all its questions, and Node warns of a
 * leak at the eleventh listener.
 */

const watched = new WeakMap<AbortSignal, Set<() => void>>();

/** Calls the function when the signal is aborted; gives what takes it back. An aborted signal calls nothing. */
export function onAbort(signal: AbortSignal, listener: () => void): () => void {
  const listeners = watched.get(signal) ?? watch(signal);
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** The listener stays with the signal: taking it away after each question would only make it come back. */
function watch(signal: AbortSignal): Set<() => void> {
  const listeners = new Set<() => void>();
  watched.set(signal, listeners);
  const tell = (): void => {
    for (const listener of [...listeners]) listener();
    listeners.clear();
  };
  signal.addEventListener("abort", tell, { once: true });
  return listeners;
}
