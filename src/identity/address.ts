/** From where a request comes: the address of its socket, for limits and the audit. */
import { getConnInfo } from "@hono/node-server/conninfo";
import type { Context } from "hono";
import type { From } from "./people/deps.ts";

/** Null where there is no socket, as in a test. */
export function addressOf(context: Context): string | null {
  const hasSocket =
    typeof context.env === "object" && context.env !== null && "incoming" in context.env;
  return hasSocket ? (getConnInfo(context).remote.address ?? null) : null;
}

export const fromOf = (context: Context): From => ({
  address: addressOf(context),
  agent: context.req.header("user-agent") ?? null,
});
