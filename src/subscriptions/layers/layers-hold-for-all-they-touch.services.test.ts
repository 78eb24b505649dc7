import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { explainIn } from "../../explain/read.ts";
import { tenantIdOf } from "../../hub/enrol.ts";
import type { Hub } from "../../hub/hub.ts";
import type { Principal } from "../../identity/principal.ts";
import { runCli } from "../../testing/cli.ts";
import { decisionsSaid } from "../../testing/decisions-said.ts";
import { createWorld, settled, TENANT, type World } from "../../testing/harness.ts";
import { openStage, type Stage } from "../../testing/stage.ts";
import { SubscriptionService } from "../service.ts";
import { LayerService } from "./service.ts";

const NOW = Date.UTC(2026, 0, 5);
const OURS: Principal = {
  tenantId: tenantIdOf(TENANT),
  actor: { kind: "system", id: "test", name: "test" },
  roles: ["admin"],
  ...{ scopes: null, accounts: "all", mode: "live", steppedUpAt: null, address: null },
};

let stage: Stage;
let world: World;
let hub: Hub;
let layers: LayerService;
let ids: { subscription: string; strategy: string; account: string }[];

beforeEach(async () => {
  stage = await openStage();
  world = createWorld({ followers: 2 });
  await stage.enrol(world, { guards: { maxVolume: "0.8" } });
  hub = await stage.start(world);
  layers = new LayerService(stage.database.sql, () => NOW);
  ids = await stage.database.admin<typeof ids>`
    select subscription_id as subscription, strategy_id as strategy, account_id as account
    from subscriptions order by subscription_id`;
});
afterEach(async () => {
  await stage.close();
  expect(stage.faults).toEqual([]);
});

const NOBODY = { subscription: "", strategy: "", account: "" };
const first = () => ids[0] ?? NOBODY;
const second = () => ids[1] ?? NOBODY;
const strategy = () => ({ kind: "strategy", id: first().strategy ?? "" }) as const;
const account = () => ({ kind: "follower account", id: first().account ?? "" }) as const;
const change = (rules: object, expectedVersion = 0) => ({
  rules,
  expectedVersion,
  reason: "A test.",
});
const effective = async (path: string, of = first): Promise<unknown> => {
  const { settings } = await layers.inForce(OURS, of().subscription ?? "");
  const { value, from } = settings.find((one) => one.path === path) ?? {};
  return [value, from?.map((name) => name.split(" ").slice(0, -1).join(" "))];
};
const heldVersions = (): number[] =>
  [...hub.followers.subscriptions.values()].map((one) => one.rules.at(-1)?.version ?? 0);
const heard = (version: number): Promise<void> =>
  vi.waitFor(() => expect(Math.max(...heldVersions())).toBe(version), { timeout: 10_000 });

test("a strategy's layer narrows everybody's copies from the next signal on, and explain names it", async () => {
  world.trade({});
  await settled(hub);
  const set = await layers.set(OURS, strategy(), change({ guards: { maxVolume: "0.3" } }));
  expect(set).toEqual({ version: 1, subscriptions: 2 });
  await heard(2);
  world.trade({});
  await settled(hub);
  const volumes = (await decisionsSaid(stage.database.admin)).map(String);
  expect(volumes).toHaveLength(4);
  const [signal, next] = await stage.database.admin<{ id: string }[]>`
    select signal_id as id from signals order by sequence`;
  const of = { subscription: first().subscription ?? "" };
  const [before] = await explainIn(stage.database.sql, OURS.tenantId, {
    signal: signal?.id ?? "",
    ...of,
  });
  const [after] = await explainIn(stage.database.sql, OURS.tenantId, {
    signal: next?.id ?? "",
    ...of,
  });
  expect([before?.volume, after?.volume]).toEqual(["0.8", "0.3"]);
  expect(before?.origins["guards.maxVolume"]).toEqual([expect.stringMatching(/^subscription /)]);
  expect(after?.origins["guards.maxVolume"]).toEqual([expect.stringMatching(/^strategy /)]);
  expect([before?.rulesVersion, after?.rulesVersion]).toEqual([1, 2]);
});

test("a layer never widens what another one narrows, and an account's is its own", async () => {
  await layers.set(OURS, account(), change({ guards: { maxVolume: "5", maxAgeMs: 1_000 } }));
  expect(await effective("guards.maxVolume")).toEqual(["0.8", ["subscription"]]);
  expect(await effective("guards.maxAgeMs")).toEqual([1_000, ["follower account"]]);
  expect(await effective("guards.maxAgeMs", second)).toEqual([60_000, []]);
  await heard(2);
  expect(heldVersions().toSorted()).toEqual([1, 2]);
});

test("who set it meanwhile is not overwritten, and all versions stay on record", async () => {
  await layers.set(OURS, strategy(), change({ sides: ["buy"] }));
  const late = layers.set(OURS, strategy(), change({ sides: ["sell"] }));
  await expect(late).rejects.toMatchObject({ code: "PLAN_CHANGED" });
  await layers.set(OURS, strategy(), change({}, 1));
  const history = await layers.history(OURS, strategy());
  expect(history.map(({ version, rules }) => [version, rules])).toEqual([
    [2, {}],
    [1, { sides: ["buy"] }],
  ]);
  expect(await effective("sides")).toEqual([["buy", "sell"], []]);
});

test("a layer that contradicts one subscription's rules is refused whole, by name", async () => {
  const service = new SubscriptionService(stage.database.sql, () => NOW);
  const own = { rules: { masterVolume: { min: "2" } }, expectedVersion: 1 };
  expect(await service.setRules(OURS, second().subscription ?? "", own)).toBe(2);
  await expect(service.setRules(OURS, second().subscription ?? "", own)).rejects.toMatchObject({
    code: "PLAN_CHANGED",
  });
  const bad = layers.set(
    OURS,
    strategy(),
    change({ sizing: { mode: "risk-percent" }, nonsense: 1 }),
  );
  await expect(bad).rejects.toMatchObject({ code: "BAD_RULES" });
  const half = layers.set(OURS, strategy(), change({ sizing: { mode: "fixed-volume" } }));
  await expect(half).rejects.toMatchObject({
    code: "BAD_RULES",
    context: { settings: ["sizing.volume"] },
  });
  expect(await layers.history(OURS, strategy())).toEqual([]);
  expect(await stage.database.admin`select 1 from subscription_rules where version > 2`).toEqual(
    [],
  );
});

test("a new follower begins with the layers in force, and another account's layer is out of reach", async () => {
  await layers.set(OURS, strategy(), change({ mode: "monitor" }));
  const stranger: Principal = { ...OURS, accounts: new Set() };
  for (const scope of [strategy(), account()]) {
    await expect(layers.set(stranger, scope, change({}, 1))).rejects.toMatchObject({
      code: "NOT_FOUND",
    });
    await expect(layers.history(stranger, scope)).rejects.toMatchObject({ code: "NOT_FOUND" });
  }
  await expect(layers.inForce(stranger, first().subscription ?? "")).rejects.toMatchObject({
    code: "NOT_FOUND",
  });
  const bigger = createWorld({ followers: 3 });
  await stage.enrol(bigger, {});
  const rows = await stage.database.admin<{ layers: unknown[] }[]>`
    select r.layers from subscription_rules r join accounts a on true
      join subscriptions u using (subscription_id) where a.account_id = u.account_id
        and a.name like '%3' and r.version = 1`;
  expect(rows).toHaveLength(1);
  expect(rows[0]?.layers).toMatchObject([{ kind: "strategy", rules: { mode: "monitor" } }]);
});

test("the command line shows, sets and remembers layers", async () => {
  const folder = await mkdtemp(join(tmpdir(), "lockstep-rules-"));
  const file = join(folder, "layer.json");
  const env = { DATABASE_URL: stage.database.url };
  const rules = (...args: string[]) => runCli(["rules", ...args], env);
  const [one] = await stage.database.admin<{ strategy: string; account: string }[]>`
    select t.name as strategy, a.name as account from subscriptions u
      join strategies t using (tenant_id, strategy_id) join accounts a using (tenant_id, account_id)
    where u.subscription_id = ${first().subscription}`;
  const { strategy: name = "", account: follower = "" } = one ?? {};
  const why = ["--reason", "a test"];
  try {
    await writeFile(file, JSON.stringify({ guards: { maxVolume: "0.3" } }));
    const done = await rules("set", file, "--strategy", name, "--expect", "0", ...why);
    expect(done.out).toContain("has layer version 1, for 2 followers");
    const late = await rules("set", file, "--strategy", name, "--expect", "0", ...why);
    expect(late.err).toContain("PLAN_CHANGED");
    const shown = await rules("show", "--account", follower);
    expect(shown.out).toContain(
      `guards.maxVolume is "0.3" (from strategy ${name}: the strictest holds)`,
    );
    await writeFile(file, JSON.stringify({ sides: ["up"], symbolMap: { sufix: "x" } }));
    const bad = await rules("set", file, "--strategy", name, "--account", follower, ...why);
    expect(bad.err).toContain("sides");
    expect(bad.err).toContain("symbolMap.sufix: is not a setting");
    const history = await rules("history", "--strategy", name, "--json");
    expect(JSON.parse(history.out)).toMatchObject([{ version: 1, byWhom: "command line" }]);
    expect((await rules("set", file, ...why)).err).toContain("BAD_INPUT");
    expect((await rules("show", "--account", "nobody")).err).toContain("NOT_FOUND");
  } finally {
    await rm(folder, { recursive: true });
  }
});
