/**
 * What a program makes simulated accounts do, to see how it copes: a trade by hand, as of a master or
 * of a follower's own, and a link that breaks. Real accounts are not to be found here.
 */
import { z } from "zod";
import { formatFixed, parseFixed } from "../domain/fixed.ts";
import type { Sandbox, SimulatedSide } from "../gateway/simulator/sandbox.ts";
import type { Principal } from "../identity/principal.ts";
import type { Timers } from "../platform/clock.ts";
import type { AccountRecords } from "../records/accounts.ts";
import { ApiError } from "./errors.ts";
import { type Route, route } from "./route.ts";
import { decimalIn, decimalOut, exampleId, idIn, wordIn } from "./schema.ts";

const SECONDS_MAX = 300;
const NAME_MAX = 64;
const COMMON = { magic: 0, comment: "by hand", stopLoss: null, takeProfit: null };

export type SandboxParts = {
  readonly records: AccountRecords;
  readonly sandbox: () => Sandbox | null;
  readonly timers: Pick<Timers, "sleep">;
};

const SIDE = z.enum(["buy", "sell"]);
const TRADE = z.discriminatedUnion("action", [
  z.strictObject({
    action: z.literal("open"),
    symbol: wordIn(NAME_MAX),
    side: SIDE,
    volume: decimalIn().describe("Lots."),
  }),
  z.strictObject({
    action: z.literal("close"),
    symbol: wordIn(NAME_MAX),
    side: SIDE.describe("The position's."),
    position: wordIn(NAME_MAX).describe("Its id at the broker."),
    volume: decimalIn().optional().describe("Lots; absent: all of it."),
  }),
]);
const DONE = z
  .strictObject({
    status: z.string().describe("As an instruction's: done, partial or rejected."),
    code: z.string().nullable(),
    position: z.string().nullable(),
    filled: decimalOut(),
  })
  .meta({ id: "TradeByHand" });

const ONE = z.strictObject({ account: idIn("account") });
const shared = { method: "post", tag: "Sandbox", permission: "trades:write", params: ONE } as const;
const params = { account: exampleId("account") };

export function sandboxRoutes(parts: SandboxParts): readonly Route[] {
  return [
    route({
      ...{ ...shared, name: "tradeByHand", path: "/test/accounts/{account}/trades" },
      summary: "Trades a simulated account by hand, past the hub.",
      description: "Of a master's account it becomes a signal; of a follower's, its own doing.",
      idempotency: "required",
      refuses: ["NOT_FOUND"],
      body: TRADE,
      answer: DONE,
      example: {
        params,
        body: { action: "open", symbol: "EURUSD", side: "buy", volume: "0.1" },
      },
      async run({ principal, params: { account }, body }) {
        const { side, login } = await simulated(parts, principal, account);
        const { status, code, positionId, filled } = side.trade(login, orderOf(body));
        return { status, code, position: positionId, filled: formatFixed(filled) };
      },
    }),
    route({
      ...{ ...shared, name: "breakLink", path: "/test/accounts/{account}/disconnections" },
      summary: "Breaks a simulated account's link for some seconds.",
      status: 204,
      refuses: ["NOT_FOUND"],
      body: z.strictObject({ seconds: z.int().min(1).max(SECONDS_MAX) }),
      example: { params, body: { seconds: 1 } },
      async run({ principal, params: { account }, body: { seconds } }) {
        const { side, ref } = await simulated(parts, principal, account);
        side.setLink(ref, false);
        void parts.timers.sleep(seconds * 1_000).then(() => side.setLink(ref, true));
      },
    }),
  ];
}

type Order = Parameters<SimulatedSide["trade"]>[1];

function orderOf(trade: z.output<typeof TRADE>): Order {
  const { symbol, side, volume } = trade;
  const common = { ...COMMON, symbol, side };
  if (trade.action === "open") {
    return { ...common, kind: "open", volume: parseFixed(volume ?? "0"), positionId: null };
  }
  const lots = volume === undefined ? null : parseFixed(volume);
  return { ...common, kind: "close", volume: lots, positionId: trade.position };
}

/** NOT_FOUND also where there is such an account, and it is not simulated here. */
async function simulated({ records, sandbox }: SandboxParts, by: Principal, id: string) {
  const row = await records.read(by, id);
  const [brokerId, login] = [String(row["broker_id"]), String(row["login"])];
  const side = sandbox()?.at(brokerId) ?? null;
  if (side === null) {
    throw new ApiError("NOT_FOUND", "No simulated broker of this process has such an account.");
  }
  return { side, login, ref: { tenantId: by.tenantId, accountId: id, brokerId, login } };
}
