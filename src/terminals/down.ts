/** The lines of the hub as a terminal reads them: fields it does not know are passed over. */
import { z } from "zod";

const whole = z.number().int();
const text = z.string();

const line = z.discriminatedUnion("t", [
  z.object({ t: z.literal("challenge"), nonce: text, session: text, hub: whole }),
  z.object({ t: z.literal("welcome"), mac: text, device: text, epoch: whole, hub: whole }),
  z.object({ t: z.literal("refused"), code: text, words: text, retry: whole, epoch: whole }),
  z.object({ t: z.literal("redirect"), host: text, port: whole, tls: whole }),
  z.object({ t: z.literal("reply"), req: whole, hub: whole, mac: text }),
  z.object({ t: z.literal("look"), id: whole }),
  z.object({ t: z.literal("symbols"), id: whole, sym: text }),
  z.object({ t: z.literal("history"), id: whole, from: whole, to: whole }),
  z.object({ t: z.literal("payments"), id: whole, from: whole, to: whole }),
  z.object({ t: z.literal("find"), id: whole, key: text, fence: whole }),
  z.object({ t: z.literal("quote?"), id: whole, sym: text }),
  z.object({ t: z.literal("watch"), sym: text, on: whole }),
  z.object({ t: z.literal("ping"), id: whole, hub: whole }),
  z.object({
    t: z.literal("do"),
    key: text,
    kind: z.enum(["open", "close", "close-by", "protect", "place", "change", "cancel"]),
    sym: text,
    side: z.enum(["buy", "sell"]),
    type: z.enum(["market", "limit", "stop", "stop-limit"]),
    vol: text,
    price: text,
    limit: text,
    pos: text,
    by: text,
    order: text,
    sl: text,
    tp: text,
    expiry: whole,
    magic: whole,
    cmt: text,
    fence: whole,
    until: whole,
    hub: whole,
  }),
]);

export type DownLine = z.output<typeof line>;
export type Do = Extract<DownLine, { readonly t: "do" }>;

/** Null for a type that this terminal does not know, and for what no hub would say. */
export function readDown(written: string): DownLine | null {
  const read = line.safeParse(parsed(written));
  return read.success ? read.data : null;
}

function parsed(written: string): unknown {
  try {
    return JSON.parse(written);
  } catch {
    return null;
  }
}
