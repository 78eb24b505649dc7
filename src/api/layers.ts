/** Rules that hold for many subscriptions at once: a strategy's, and a follower account's. */
import { z } from "zod";
import type { Principal } from "../identity/principal.ts";
import type { LayerScope, LayerService, LayerVersion } from "../subscriptions/layers/service.ts";
import { type Route, route } from "./route.ts";
import { exampleId, idIn, instantOut, nameIn } from "./schema.ts";

const REASON_MAX = 500;
const RULES = z
  .record(z.string(), z.unknown())
  .describe("Replication rules, as docs/replication-rules.md lists them.");

const LAYER = z
  .strictObject({
    version: z.int().describe("0: it says nothing yet."),
    rules: RULES,
    by_whom: z.string().nullable(),
    reason: z.string().nullable(),
    created_at: instantOut().nullable(),
  })
  .meta({ id: "RuleLayer" });

const NOTHING = { version: 0, rules: {}, by_whom: null, reason: null, created_at: null };

type Scope = {
  readonly kind: LayerScope["kind"];
  readonly name: "strategy" | "account";
  readonly path: string;
  readonly tag: "Strategies" | "Accounts";
  readonly write: "strategies:write" | "copies:write";
};

const SCOPES: readonly Scope[] = [
  {
    ...{ kind: "strategy", name: "strategy", path: "/strategies/{strategy}/rules" },
    ...{ tag: "Strategies", write: "strategies:write" },
  },
  {
    ...{ kind: "follower account", name: "account", path: "/accounts/{account}/rules" },
    ...{ tag: "Accounts", write: "copies:write" },
  },
];

export const layerRoutes = (layers: LayerService): readonly Route[] =>
  SCOPES.flatMap((scope) => routesOf(scope, layers));

function routesOf({ kind, name, path, tag, write }: Scope, layers: LayerService): readonly Route[] {
  const params = z.strictObject({ [name]: idIn(name) });
  const example = { params: { [name]: exampleId(name) } };
  const title = name === "strategy" ? "Strategy" : "Account";
  const idIn_ = (found: Readonly<Record<string, unknown>>): string => String(found[name]);
  const newest = async (by: Principal, id: string) => {
    const [last] = await layers.history(by, { kind, id });
    return last === undefined ? NOTHING : shown(last);
  };
  return [
    route({
      ...{ name: `get${title}Rules`, method: "get", path, tag, permission: "copies:read" },
      summary: `Reads the rules that hold for ${WHOM[name]}.`,
      ...{ params, answer: LAYER, example },
      run: ({ principal, params: found }) => newest(principal, idIn_(found)),
    }),
    route({
      ...{ name: `set${title}Rules`, method: "put", path, tag, permission: write },
      summary: `Sets the rules that hold for ${WHOM[name]}, from the next signals on.`,
      description: "Where layers narrow the same setting, the strictest holds.",
      guarded: true,
      idempotency: "accepted",
      refuses: ["BAD_RULES", "PLAN_CHANGED", "BAD_INPUT"],
      params,
      body: z.strictObject({ rules: RULES, reason: nameIn(REASON_MAX) }),
      answer: LAYER,
      example: {
        ...example,
        body: { rules: { guards: { maxVolume: "5" } }, reason: "For everybody." },
      },
      async run({ principal, params: found, body: { rules, reason }, match }) {
        const id = idIn_(found);
        const seen = await newest(principal, id);
        match(seen);
        const change = { rules, reason, expectedVersion: seen.version };
        await layers.set(principal, { kind, id }, change);
        return newest(principal, id);
      },
    }),
    route({
      ...{ name: `list${title}RuleVersions`, method: "get", path: `${path}/versions`, tag },
      permission: "copies:read",
      summary: "Lists every version of these rules, the newest first.",
      ...{ params, answer: z.strictObject({ data: z.array(LAYER) }), example },
      run: async ({ principal, params: found }) => ({
        data: (await layers.history(principal, { kind, id: idIn_(found) })).map(shown),
      }),
    }),
  ];
}

const WHOM = {
  strategy: "everybody who follows a strategy",
  account: "all that an account copies",
} as const;

const shown = ({ version, rules, byWhom, reason, at }: LayerVersion) => ({
  ...{ version, rules, by_whom: byWhom, reason, created_at: new Date(at) },
});
