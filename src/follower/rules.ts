export type Rules = Record<string, unknown>;
