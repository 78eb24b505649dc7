/** How the portal reports what an operator should know; the hub passes its logger in. */
export type Log = (words: string, context: Readonly<Record<string, unknown>>) => void;
