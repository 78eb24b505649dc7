/** Subscriptions: who follows what, under which rules, and in which mode. */
import { z } from "zod";
import type { AccountRecords } from "../records/accounts.ts";
import type { CopyRecords } from "../records/copies.ts";
import type { LayerService } from "../subscriptions/layers/service.ts";
import {
  type ModeChange,
  type SubscriptionService,
  WAYS_TO_STOP,
} from "../subscriptions/service.ts";
import { ACCOUNT } from "./accounts.ts";
import { type Expansions, expanded, expandedOut, expandIn } from "./expand.ts";
import { listOf } from "./list.ts";
import { type Route, route } from "./route.ts";
import { exampleId, idIn, idOut, instantOut, nameIn, pageIn, pageOut } from "./schema.ts";
import { STRATEGY } from "./strategies.ts";

const REASON_MAX = 500;
const MODE = z.enum(["active", "close-only", "paused", "monitor", "stopped"]);
const RULES = z
  .record(z.string(), z.unknown())
  .describe("Replication rules, as docs/replication-rules.md lists them.");

const SUBSCRIPTION = z
  .strictObject({
    id: idOut("subscription"),
    strategy_id: idOut("strategy"),
    strategy: z.string(),
    master_id: idOut("account"),
    account_id: idOut("account"),
    account: z.string(),
    mode: MODE,
    from_sequence: z.int().describe("The master's signals after this one are decided."),
    decided_through: z.int(),
    created_at: instantOut(),
    rules_version: z.int(),
  })
  .meta({ id: "Subscription" });

const RULES_VERSION = z
  .strictObject({
    subscription_id: idOut("subscription"),
    version: z.int(),
    from_sequence: z.int().describe("It holds for the master's signals after this one."),
    rules: RULES,
  })
  .meta({ id: "RulesVersion" });

const EFFECTIVE = z
  .strictObject({
    data: z.array(
      z.strictObject({
        setting: z.string(),
        value: z.unknown(),
        from: z.array(z.string()).describe("The layers it came from; none: the default."),
        words: z.string(),
      }),
    ),
  })
  .meta({ id: "EffectiveRules" });

const ONE = z.strictObject({ subscription: idIn("subscription") });

/** Of a subscription: what it follows, and with what. */
const expansionsOf = (records: CopyRecords, accounts: AccountRecords): Expansions => ({
  strategy: {
    ...{ of: "strategy_id", answer: STRATEGY },
    load: (principal, id) => records.strategy(principal, id),
  },
  account: {
    ...{ of: "account_id", answer: ACCOUNT },
    load: (principal, id) => accounts.read(principal, id),
  },
});

const example = { params: { subscription: exampleId("subscription") } };
const shared = { tag: "Subscriptions" } as const;

export type SubscriptionParts = {
  readonly records: CopyRecords;
  readonly accounts: AccountRecords;
  readonly service: SubscriptionService;
  readonly layers: LayerService;
};

export function subscriptionRoutes(parts: SubscriptionParts): readonly Route[] {
  const { records, accounts, service } = parts;
  const expansions = expansionsOf(records, accounts);
  const whole = SUBSCRIPTION.extend({ expanded: expandedOut(expansions) });
  return [
    route({
      ...{ ...shared, name: "listSubscriptions", method: "get", path: "/subscriptions" },
      permission: "copies:read",
      summary: "Lists subscriptions, the newest first.",
      query: z.strictObject({
        ...pageIn,
        strategy: idIn("strategy").optional(),
        account: idIn("account").optional(),
        mode: MODE.optional(),
        expand: expandIn(expansions),
      }),
      answer: pageOut(whole),
      run: ({ principal, query }) =>
        listOf("subscriptions", query, async (page) => {
          const { rows, next } = await records.subscriptions(principal, query, page);
          const asked = { wanted: query.expand, expansions };
          return { rows: await expanded(principal, rows, asked), next };
        }),
    }),
    route({
      ...{ ...shared, name: "getSubscription", method: "get" },
      path: "/subscriptions/{subscription}",
      permission: "copies:read",
      summary: "Reads a subscription.",
      params: ONE,
      query: z.strictObject({ expand: expandIn(expansions) }),
      answer: whole,
      example,
      async run({ principal, params, query: { expand: wanted } }) {
        const row = await records.subscription(principal, params.subscription);
        const [found] = await expanded(principal, [row], { wanted, expansions });
        return found;
      },
    }),
    route({
      ...{ ...shared, name: "createSubscription", method: "post", status: 201 },
      path: "/subscriptions",
      permission: "copies:write",
      summary: "Has an account follow a strategy, from its master's next signal on.",
      idempotency: "required",
      refuses: ["NOT_FOUND", "BAD_RULES", "BAD_INPUT"],
      body: z.strictObject({
        strategy_id: idIn("strategy"),
        account_id: idIn("account"),
        rules: RULES,
        mode: MODE.exclude(["stopped"]).default("active"),
      }),
      answer: SUBSCRIPTION,
      example: {
        body: {
          strategy_id: exampleId("strategy"),
          account_id: exampleId("account"),
          rules: { sizing: { mode: "multiplier", multiplier: "0.5" } },
        },
      },
      async run({ principal, body: { strategy_id: strategy, account_id: account, ...rest } }) {
        await records.strategy(principal, strategy);
        const id = await service.follow(principal, { strategy, account, ...rest });
        return records.subscription(principal, id);
      },
    }),
    ...ruleRoutes(parts),
    ...modeRoutes(records, service),
    stopRoute(records, service),
  ];
}

function ruleRoutes({ records, service, layers }: SubscriptionParts): readonly Route[] {
  const path = "/subscriptions/{subscription}/rules";
  return [
    route({
      ...{ ...shared, name: "getRules", method: "get", path, permission: "copies:read" },
      summary: "Reads the newest version of a subscription's rules.",
      params: ONE,
      answer: RULES_VERSION,
      example,
      run: ({ principal, params }) => records.rules(principal, params.subscription),
    }),
    route({
      ...{ ...shared, name: "setRules", method: "put", path, permission: "copies:write" },
      summary: "Sets a subscription's rules, from the master's next signal on.",
      guarded: true,
      idempotency: "accepted",
      refuses: ["BAD_RULES"],
      params: ONE,
      body: RULES,
      answer: RULES_VERSION,
      example: { ...example, body: { sizing: { mode: "multiplier", multiplier: "0.5" } } },
      async run({ principal, params: { subscription }, body, match }) {
        const seen = await records.rules(principal, subscription);
        match(seen);
        await service.setRules(principal, subscription, {
          ...{ rules: body, expectedVersion: Number(seen["version"]) },
        });
        return records.rules(principal, subscription);
      },
    }),
    route({
      ...{ ...shared, name: "getEffectiveRules", method: "get", permission: "copies:read" },
      path: "/subscriptions/{subscription}/effective_rules",
      summary: "Tells every setting in force, and where it comes from.",
      params: ONE,
      answer: EFFECTIVE,
      example,
      async run({ principal, params: { subscription } }) {
        const { settings } = await layers.inForce(principal, subscription);
        return {
          data: settings.map(({ path: setting, value, from, words }) => ({
            ...{ setting, value, from, words },
          })),
        };
      },
    }),
  ];
}

export const VERBS: readonly (readonly [string, ModeChange["mode"], string])[] = [
  ["pause", "paused", "Opens nothing more; what is open is still closed with the master."],
  ["resume", "active", "Copies again."],
  ["close_only", "close-only", "Only closes from now on."],
];

function modeRoutes(records: CopyRecords, service: SubscriptionService): readonly Route[] {
  return VERBS.map(([verb, mode, summary]) =>
    route({
      ...{ ...shared, name: `${verb.replace("_o", "O")}Subscription`, method: "post" },
      path: `/subscriptions/{subscription}/${verb}`,
      permission: "copies:write",
      summary,
      description: "Owners know within two seconds.",
      idempotency: "accepted",
      params: ONE,
      body: z.strictObject({ reason: nameIn(REASON_MAX) }),
      answer: SUBSCRIPTION,
      example: { ...example, body: { reason: "On holiday." } },
      async run({ principal, params: { subscription }, body: { reason } }) {
        await service.setMode(principal, subscription, { mode, reason });
        return records.subscription(principal, subscription);
      },
    }),
  );
}

function stopRoute(records: CopyRecords, service: SubscriptionService): Route {
  return route({
    ...{ ...shared, name: "stopSubscription", method: "post" },
    path: "/subscriptions/{subscription}/stop",
    permission: "copies:write",
    summary: "Ends a subscription, and says what becomes of what it holds.",
    description:
      "keep-positions leaves it to the account; close-by-master and close-now only close from now " +
      "on, and it is stopped once nothing is left.",
    idempotency: "accepted",
    refuses: ["BAD_INPUT"],
    params: ONE,
    body: z.strictObject({ positions: z.enum(WAYS_TO_STOP), reason: nameIn(REASON_MAX) }),
    answer: SUBSCRIPTION,
    example: { ...example, body: { positions: "close-by-master", reason: "Moving on." } },
    async run({ principal, params: { subscription }, body }) {
      await service.stop(principal, subscription, body);
      return records.subscription(principal, subscription);
    },
  });
}
