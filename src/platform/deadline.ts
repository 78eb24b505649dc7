/** Waiting with an end. */

/** Rejects with `late()` after `ms`; what the promise does later is then nobody's concern. */
export async function within<T>(ms: number, promise: Promise<T>, late: () => Error): Promise<T> {
  const { promise: timeout, stop } = rejectAfter(ms, late);
  try {
    return await Promise.race([promise, timeout]);
  } finally {
    stop();
  }
}

function rejectAfter(ms: number, late: () => Error): { promise: Promise<never>; stop(): void } {
  const pending: NodeJS.Timeout[] = [];
  const promise = new Promise<never>((_, reject) => {
    pending.push(setTimeout(() => reject(late()), ms));
  });
  return { promise, stop: () => pending.forEach(clearTimeout) };
}
