/**
 * Equal parts of rules are one object: thousands of subscriptions mostly leave most settings at
 * their defaults, and a decision reads them all, so that what is shared stays in the processor's
 * cache. Bounded; what is forgotten is only made again.
 */
const SHARED_MAX = 10_000;
const known = new Map<string, unknown>();

/** The first value that was made under the key, which must name all that went into it. */
export function shared<T>(key: string, value: T): T {
  const same = known.get(key);
  if (same !== undefined) return same as T;
  if (known.size >= SHARED_MAX) known.clear();
  known.set(key, value);
  return value;
}
