/** Why the bridge ends a terminal's connection: a closed list, each with what the chart shows. */
export const REFUSALS = {
  BAD_LINE: { retryMs: 5_000, words: "A line is no JSON object of strings and integers." },
  LINE_TOO_LONG: { retryMs: 5_000, words: "A line is longer than the protocol allows." },
  UNKNOWN_TYPE: { retryMs: 5_000, words: "The hub does not know this type of message." },
  BAD_FIELD: { retryMs: 5_000, words: "A field is unknown, missing or not legal." },
  WRONG_STATE: { retryMs: 5_000, words: "This message has no place here." },
  VERSION: { retryMs: 0, words: "The hub speaks another version: update the Expert Advisor." },
  UNKNOWN_DEVICE: { retryMs: 0, words: "The hub does not know this terminal: pair it." },
  DEVICE_REVOKED: { retryMs: 0, words: "This terminal's pairing was ended: pair it again." },
  CODE_UNKNOWN: {
    retryMs: 0,
    words: "The pairing code is not known or was used: ask for a new one.",
  },
  CODE_EXPIRED: { retryMs: 0, words: "The pairing code has expired: ask for a new one." },
  BAD_PROOF: { retryMs: 0, words: "The terminal's key is not the paired one: pair it again." },
  PROOF_LATE: { retryMs: 1_000, words: "The terminal took too long to prove itself." },
  WRONG_ACCOUNT: {
    retryMs: 0,
    words: "The terminal is logged in to another account than the paired one.",
  },
  EPOCH_OLD: { retryMs: 0, words: "Another terminal speaks for this account." },
  REPLACED: { retryMs: 0, words: "Another terminal now speaks for this account." },
  REPLAYED: { retryMs: 1_000, words: "A message came twice or out of its order." },
  OUT_OF_WINDOW: { retryMs: 1_000, words: "The terminal's idea of the hub's time is off." },
  STALE_FENCE: { retryMs: 1_000, words: "An outcome bears another fence than its instruction." },
  TOO_FAST: { retryMs: 5_000, words: "The terminal sends more than the hub takes." },
  SLOW_READER: { retryMs: 5_000, words: "The terminal does not read what the hub sends." },
  SILENT: { retryMs: 5_000, words: "The terminal has not been heard for too long." },
  BUSY: { retryMs: 2_000, words: "Too many terminals come at once: this one's turn is later." },
  STOPPING: { retryMs: 1_000, words: "The hub ends and will be back." },
} as const;

export type RefusalCode = keyof typeof REFUSALS;

type RefusalFacts = ErrorOptions & {
  readonly detail?: string;
  /** The highest epoch known, with EPOCH_OLD. */
  readonly epoch?: number;
};

export class Refusal extends Error {
  readonly code: RefusalCode;
  readonly detail: string;
  readonly epoch: number;

  constructor(code: RefusalCode, facts: string | RefusalFacts = {}) {
    const {
      detail = "",
      epoch = 0,
      ...options
    } = typeof facts === "string" ? { detail: facts } : facts;
    super(`${code}${detail === "" ? "" : `: ${detail}`}`, options);
    this.name = "Refusal";
    this.code = code;
    this.detail = detail;
    this.epoch = epoch;
  }
}

/** The line that tells a terminal why it is refused. */
export function refusedLine({ code, detail, epoch }: Refusal): string {
  const { retryMs, words } = REFUSALS[code];
  const told = detail === "" ? words : `${words} (${detail})`;
  return `${JSON.stringify({ t: "refused", code, words: told, retry: retryMs, epoch })}\n`;
}
