/** Waits that end: what is not done in time counts as failed, whether or not it ends later. */

/** Something was not done in time. The message has no place in front. */
export class DeadlineError extends Error {
  constructor(what: string, limitMs: number, options?: ErrorOptions) {
    super(`${what} within ${limitMs} ms`, options);
    this.name = "DeadlineError";
  }
}

/** What work gives, or a rejection with DeadlineError after `limitMs`; `what` was not done then, as in `not read`. Does not end the work. */
export async function within<T>(work: Promise<T>, limitMs: number, what: string): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const deadline = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new DeadlineError(what, limitMs)), limitMs);
  });
  try {
    return await Promise.race([work, deadline]);
  } finally {
    clearTimeout(timer);
  }
}
