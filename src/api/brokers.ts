/** Brokers, what they offer and at which prices, and which of it is the same at two of them. */
import { z } from "zod";
import { formatFixed, parseFixed } from "../domain/fixed.ts";
import type { Quote } from "../domain/symbol.ts";
import type { BrokerRecords } from "../records/brokers.ts";
import type { SymbolService } from "../symbols/service.ts";
import { GRADES, type Suggestion } from "../symbols/suggest.ts";
import { notFound } from "./errors.ts";
import { listOf } from "./list.ts";
import { type Route, route } from "./route.ts";
import {
  decimalIn,
  decimalOut,
  exampleId,
  idIn,
  idOut,
  instantOut,
  nameIn,
  pageIn,
  pageOut,
  wordIn,
} from "./schema.ts";

const SYMBOL_MAX = 64;
const REASON_MAX = 500;

const BROKER = z
  .strictObject({
    id: idOut("broker"),
    name: z.string(),
    gateway: z.string().describe("How the hub speaks to it."),
    accounts: z.int().describe("Of those that you may see."),
    symbols: z.int(),
  })
  .meta({ id: "Broker" });

const SYMBOL = z
  .strictObject({
    name: z.string().describe("The broker's own."),
    digits: z.int(),
    tick_size: decimalOut(),
    tick_value: decimalOut().nullable().describe("Null: the contract size says it."),
    contract_size: decimalOut().describe("Units of the base in one lot."),
    volume_min: decimalOut(),
    volume_max: decimalOut(),
    volume_step: decimalOut(),
    base_currency: z.string(),
    profit_currency: z.string(),
    stop_level_points: z.int(),
    freeze_level_points: z.int(),
    trade_mode: z.enum(["full", "close-only", "disabled"]),
    seen_at: instantOut().describe("When these facts were first so."),
  })
  .meta({ id: "Symbol" });

const QUOTE = z
  .strictObject({
    symbol: z.string(),
    bid: decimalOut(),
    ask: decimalOut(),
    as_of: instantOut(),
  })
  .meta({ id: "Quote" });

const SUGGESTION = z
  .strictObject({
    master_broker_id: idOut("broker"),
    follower_broker_id: idOut("broker"),
    symbol: z.string().describe("The master's."),
    to: z.string().describe("The follower's."),
    score: z.int().describe("1 to 100."),
    grade: z.enum(GRADES).describe("Only what is certain may be confirmed without a look."),
    reasons: z.array(z.string()),
    differences: z.array(z.string()).describe("What is not the same and has to be known."),
    price_factor: decimalOut().nullable().describe("The follower's price over the master's."),
  })
  .meta({ id: "SymbolSuggestion" });

const MAPPING = z
  .strictObject({
    master_broker_id: idOut("broker"),
    follower_broker_id: idOut("broker"),
    symbol: z.string().describe("The master's."),
    to: z.string().describe("The follower's."),
    price_factor: decimalOut(),
    by_whom: z.string(),
    reason: z.string(),
    confirmed_at: instantOut(),
  })
  .meta({ id: "SymbolMapping" });

const PAIR = {
  master_broker_id: idIn("broker"),
  follower_broker_id: idIn("broker"),
  symbol: wordIn(SYMBOL_MAX).describe("The master's."),
};
const ONE = z.strictObject({ broker: idIn("broker") });
const example = { params: { broker: exampleId("broker") } };
/** What the examples' pair of brokers has. */
const EXAMPLE_PAIR = {
  master_broker_id: exampleId("broker", 2),
  follower_broker_id: exampleId("broker"),
  symbol: "EURUSD",
};
const shared = { tag: "Brokers", permission: "accounts:read", method: "get" } as const;

export type BrokerParts = {
  readonly records: BrokerRecords;
  readonly symbols: SymbolService;
  /** What this process hears; empty elsewhere. */
  readonly quotes: (brokerId: string) => readonly Quote[];
};

export function brokerRoutes(parts: BrokerParts): readonly Route[] {
  const { records, quotes } = parts;
  return [
    route({
      ...{ ...shared, name: "listBrokers", path: "/brokers" },
      summary: "Lists brokers, by name.",
      query: z.strictObject(pageIn),
      answer: pageOut(BROKER),
      run: ({ principal, query }) =>
        listOf("brokers", query, (page) => records.list(principal, page)),
    }),
    route({
      ...{ ...shared, name: "getBroker", path: "/brokers/{broker}" },
      summary: "Reads a broker.",
      params: ONE,
      answer: BROKER,
      example,
      run: ({ principal, params }) => records.read(principal, params.broker),
    }),
    route({
      ...{ ...shared, name: "listBrokerSymbols", path: "/brokers/{broker}/symbols" },
      summary: "Lists what a broker offers, by name.",
      params: ONE,
      query: z.strictObject(pageIn),
      answer: pageOut(SYMBOL),
      example,
      async run({ principal, params: { broker }, query }) {
        await records.read(principal, broker);
        const page = await listOf("symbols", query, async (asked) => {
          const { rows, next } = await records.symbols(principal, broker, asked);
          return { rows: rows.map(symbolShown), next };
        });
        return page;
      },
    }),
    route({
      ...{ ...shared, name: "listBrokerQuotes", path: "/brokers/{broker}/quotes" },
      summary: "Lists the newest quotes of a broker.",
      description: "As far as the process that answers hears them: it owns accounts there.",
      params: ONE,
      query: z.strictObject({ symbol: wordIn(SYMBOL_MAX).optional() }),
      answer: z.strictObject({ data: z.array(QUOTE) }),
      example,
      async run({ principal, params: { broker }, query: { symbol } }) {
        await records.read(principal, broker);
        const all = quotes(broker).filter((one) => symbol === undefined || one.symbol === symbol);
        return { data: all.map(quoteShown) };
      },
    }),
    suggestionRoute(parts),
    ...mappingRoutes(parts),
  ];
}

function suggestionRoute({ records, symbols }: BrokerParts): Route {
  return route({
    ...{ ...shared, name: "suggestSymbols", path: "/brokers/{broker}/symbol_suggestions" },
    permission: "copies:read",
    summary: "Suggests which of a broker's symbols a master's is, and tells why.",
    description: "Of symbols that are not mapped yet. Nothing is used before somebody confirms it.",
    params: ONE,
    query: z.strictObject({
      master_broker: idIn("broker").optional().describe("Absent: every one that has a master."),
      symbols: z
        .enum(["traded", "all"])
        .default("traded")
        .describe("That masters there have traded, or all that it offers."),
    }),
    answer: z.strictObject({ data: z.array(SUGGESTION) }),
    example,
    async run({ principal, params: { broker }, query: { master_broker, symbols: which } }) {
      await records.read(principal, broker);
      const known = await records.masterBrokers(principal, broker);
      if (master_broker !== undefined && !known.includes(master_broker)) throw notFound("broker");
      const masters = master_broker === undefined ? known : [master_broker];
      const data: unknown[] = [];
      for (const masterBrokerId of masters) {
        const pair = { masterBrokerId, followerBrokerId: broker };
        const wanted = which === "all" ? null : await records.traded(principal, masterBrokerId);
        const found = await symbols.suggest(principal.tenantId, pair, wanted);
        data.push(...found.map((one) => suggestionShown(one, masterBrokerId, broker)));
      }
      return { data };
    },
  });
}

function mappingRoutes({ records, symbols }: BrokerParts): readonly Route[] {
  const writing = { ...shared, method: "post", permission: "copies:write" } as const;
  const brokers = (body: { master_broker_id: string; follower_broker_id: string }) => ({
    masterBrokerId: body.master_broker_id,
    followerBrokerId: body.follower_broker_id,
  });
  return [
    route({
      ...{ ...shared, name: "listSymbolMappings", path: "/symbol_maps" },
      permission: "copies:read",
      summary: "Lists confirmed symbol mappings.",
      query: z.strictObject({
        ...pageIn,
        master_broker: idIn("broker").optional(),
        follower_broker: idIn("broker").optional(),
      }),
      answer: pageOut(MAPPING),
      run: ({ principal, query }) =>
        listOf("symbol_maps", query, async (page) => {
          const { rows, next } = await records.mappings(principal, query, page);
          return { rows: rows.map(({ maps_to: to, ...row }) => ({ ...row, to })), next };
        }),
    }),
    route({
      ...{ ...writing, name: "confirmSymbolMapping", path: "/symbol_maps", status: 204 },
      summary: "Confirms which of a follower's symbols a master's is, for every copy.",
      description: "It goes before what rules say. Owners know within two seconds.",
      idempotency: "accepted",
      refuses: ["NOT_FOUND", "BAD_INPUT", "UNKNOWN_SYMBOL"],
      body: z.strictObject({
        ...{ ...PAIR, to: wordIn(SYMBOL_MAX).describe("The follower's.") },
        price_factor: decimalIn().default("1"),
        reason: nameIn(REASON_MAX),
      }),
      example: { body: { ...EXAMPLE_PAIR, to: "EURUSD.b", reason: "Both are euros in dollars." } },
      async run({ principal, body }) {
        const { symbol, to, reason } = body;
        for (const id of [body.master_broker_id, body.follower_broker_id]) {
          await records.read(principal, id);
        }
        const priceFactor = parseFixed(body.price_factor);
        await symbols.confirm(principal, brokers(body), { symbol, to, priceFactor, reason });
      },
    }),
    route({
      ...{ ...writing, name: "withdrawSymbolMapping", path: "/symbol_maps/withdraw", status: 204 },
      summary: "Takes a confirmed symbol mapping back.",
      idempotency: "accepted",
      refuses: ["NOT_FOUND", "BAD_INPUT"],
      body: z.strictObject({ ...PAIR, reason: nameIn(REASON_MAX) }),
      example: { body: { ...EXAMPLE_PAIR, reason: "It is another contract." } },
      run: ({ principal, body }) => symbols.withdraw(principal, brokers(body), body),
    }),
    route({
      ...{ ...writing, name: "rejectSymbolMapping", path: "/symbol_maps/reject", status: 204 },
      summary: "Has a symbol never suggested for another one again.",
      idempotency: "accepted",
      refuses: ["NOT_FOUND"],
      body: z.strictObject({
        ...{ ...PAIR, to: wordIn(SYMBOL_MAX).describe("The follower's.") },
        reason: nameIn(REASON_MAX),
      }),
      example: { body: { ...EXAMPLE_PAIR, to: "NZDUSD.b", reason: "Not the same." } },
      async run({ principal, body }) {
        for (const id of [body.master_broker_id, body.follower_broker_id]) {
          await records.read(principal, id);
        }
        await symbols.reject(principal, brokers(body), body);
      },
    }),
  ];
}

type Facts = Readonly<Record<string, unknown>>;

function symbolShown({ name, facts, seen_at }: Record<string, unknown>) {
  const told = facts as Facts;
  const named = Object.entries(told).map(([key, value]) => [
    key.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`),
    value,
  ]);
  return { name, ...Object.fromEntries(named), seen_at };
}

const quoteShown = ({ symbol, bid, ask, at }: Quote) => ({
  ...{ symbol, bid: formatFixed(bid), ask: formatFixed(ask), as_of: new Date(at) },
});

function suggestionShown(suggestion: Suggestion, master: string, follower: string) {
  const { from: symbol, to, score, grade, reasons, differences, priceFactor } = suggestion;
  return {
    ...{ master_broker_id: master, follower_broker_id: follower, symbol, to, score, grade },
    ...{ reasons, differences },
    price_factor: priceFactor === null ? null : formatFixed(priceFactor),
  };
}
