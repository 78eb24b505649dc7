/** Accounts: what they are, what they hold and what happened in them. */
import { z } from "zod";
import type { AccountRecords } from "../records/accounts.ts";
import { listOf } from "./list.ts";
import { type Route, route } from "./route.ts";
import {
  decimalOut,
  exampleId,
  idIn,
  idOut,
  instantIn,
  instantOut,
  pageIn,
  pageOut,
  wordIn,
} from "./schema.ts";

export const ACCOUNT = z
  .strictObject({
    id: idOut("account"),
    broker_id: idOut("broker"),
    broker: z.string(),
    login: z.string(),
    name: z.string(),
    currency: z.string().describe("ISO 4217, of all amounts."),
    position_mode: z.enum(["hedging", "netting"]),
    leverage: decimalOut(),
    created_at: instantOut(),
    archived_at: instantOut().nullable(),
    tags: z.array(z.string()),
    balance: decimalOut().nullable(),
    credit: decimalOut().nullable(),
    equity: decimalOut().nullable(),
    margin: decimalOut().nullable(),
    as_of: instantOut().nullable().describe("When the figures were so; null: never seen."),
  })
  .meta({ id: "Account" });

const SIDE = z.enum(["buy", "sell"]);
const KEY = z.string().nullable().describe("The instruction's key, where the hub traded it.");

const POSITION = z
  .strictObject({
    account_id: idOut("account"),
    position_id: z.string(),
    leg: z.int(),
    key: KEY,
    symbol: z.string(),
    side: SIDE,
    volume: decimalOut().describe("Lots."),
    open_price: decimalOut(),
    stop_loss: decimalOut().nullable(),
    take_profit: decimalOut().nullable(),
    opened_at: instantOut(),
    as_of: instantOut(),
  })
  .meta({ id: "Position" });

const ORDER = z
  .strictObject({
    account_id: idOut("account"),
    order_id: z.string(),
    key: KEY,
    symbol: z.string(),
    side: SIDE,
    volume: decimalOut(),
    filled: decimalOut(),
    at: instantOut(),
  })
  .meta({ id: "Order" });

const DEAL = z
  .strictObject({
    account_id: idOut("account"),
    deal_id: z.string(),
    order_id: z.string(),
    position_id: z.string(),
    leg: z.int(),
    key: KEY,
    magic: z.int(),
    symbol: z.string(),
    side: SIDE,
    entry: z.enum(["in", "out", "inout"]),
    volume: decimalOut(),
    price: decimalOut(),
    profit: decimalOut(),
    commission: decimalOut(),
    swap: decimalOut(),
    reason: z.string(),
    at: instantOut(),
  })
  .meta({ id: "Deal" });

const EQUITY_POINT = z
  .strictObject({
    account_id: idOut("account"),
    at: instantOut(),
    currency: z.string(),
    balance: decimalOut(),
    credit: decimalOut(),
    equity: decimalOut(),
    margin: decimalOut(),
  })
  .meta({ id: "EquityPoint" });

const ONE = z.strictObject({ account: idIn("account") });
const WHEN = z.strictObject({
  ...pageIn,
  "at[gte]": instantIn().optional(),
  "at[lt]": instantIn().optional(),
});
const example = { params: { account: exampleId("account") } };
const shared = { method: "get", tag: "Accounts", permission: "accounts:read" } as const;

export function accountRoutes(records: AccountRecords): readonly Route[] {
  return [
    route({
      ...shared,
      name: "listAccounts",
      path: "/accounts",
      summary: "Lists accounts with their newest figures, by name.",
      query: z.strictObject({
        ...pageIn,
        broker: idIn("broker").optional(),
        currency: z
          .string()
          .regex(/^[A-Z]{3}$/)
          .optional(),
        strategy: idIn("strategy").optional().describe("Its master and its followers."),
        may_follow: idIn("strategy")
          .optional()
          .describe("Neither its master nor one of its followers."),
        investor: idIn("user").optional().describe("A person whose account it is."),
        tag: wordIn(40).optional(),
        group: idIn("group").optional(),
        archived: z.stringbool({ truthy: ["true"], falsy: ["false"] }).prefault("false"),
      }),
      answer: pageOut(ACCOUNT),
      run: ({ principal, query }) =>
        listOf("accounts", query, (page) => records.list(principal, query, page)),
    }),
    route({
      ...shared,
      name: "getAccount",
      path: "/accounts/{account}",
      summary: "Reads an account with its newest figures.",
      params: ONE,
      answer: ACCOUNT,
      example,
      run: ({ principal, params }) => records.read(principal, params.account),
    }),
    ...holdings(records),
    ...histories(records),
  ];
}

function holdings(records: AccountRecords): readonly Route[] {
  return [
    route({
      ...shared,
      name: "listPositions",
      path: "/positions",
      summary: "Lists what is open, the newest first.",
      query: z.strictObject({
        ...pageIn,
        account: idIn("account").optional(),
        symbol: wordIn(64).optional(),
        side: SIDE.optional(),
      }),
      answer: pageOut(POSITION),
      run: ({ principal, query }) =>
        listOf("positions", query, (page) => records.positions(principal, query, page)),
    }),
    route({
      ...shared,
      name: "listAccountOrders",
      path: "/accounts/{account}/orders",
      summary: "Lists an account's orders, the newest first.",
      params: ONE,
      query: z.strictObject(pageIn),
      answer: pageOut(ORDER),
      example,
      async run({ principal, params: { account }, query }) {
        await records.read(principal, account);
        return listOf("orders", query, (page) => records.orders(principal, account, page));
      },
    }),
  ];
}

function histories(records: AccountRecords): readonly Route[] {
  return [
    route({
      ...shared,
      name: "listAccountDeals",
      path: "/accounts/{account}/deals",
      summary: "Lists what was executed in an account, the newest first.",
      params: ONE,
      query: WHEN,
      answer: pageOut(DEAL),
      example,
      async run({ principal, params: { account }, query }) {
        await records.read(principal, account);
        const when = { from: query["at[gte]"], until: query["at[lt]"] };
        return listOf("deals", query, (page) =>
          records.deals(principal, account, { page, ...when }),
        );
      },
    }),
    route({
      ...shared,
      name: "listAccountEquityPoints",
      path: "/accounts/{account}/equity_points",
      summary: "Lists an account's equity as it was, the newest first.",
      params: ONE,
      query: WHEN,
      answer: pageOut(EQUITY_POINT),
      example,
      async run({ principal, params: { account }, query }) {
        await records.read(principal, account);
        const when = { from: query["at[gte]"], until: query["at[lt]"] };
        return listOf("equity_points", query, (page) =>
          records.equityPoints(principal, account, { page, ...when }),
        );
      },
    }),
  ];
}
