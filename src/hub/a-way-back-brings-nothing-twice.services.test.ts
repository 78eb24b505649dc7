import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { LockstepError } from "../domain/errors.ts";
import { formatFixed, parseFixed } from "../domain/fixed.ts";
import { CALM, type Fate } from "../gateway/simulator/faults.ts";
import { type DivergenceView, listDivergences } from "../reconcile/desk/ledger.ts";
import { answersOf, askDesk, planRealignment } from "../reconcile/desk/service.ts";
import { getDivergence, openOverTime } from "../reconcile/history/service.ts";
import { eventually } from "../testing/eventually.ts";
import { createWorld, settled, TENANT, TENANT_ID, type World } from "../testing/harness.ts";
import { openStage, type Stage, successor } from "../testing/stage.ts";
import { accountRefOf } from "./enrol.ts";
import type { Hub } from "./hub.ts";

const BY = { tenantId: TENANT_ID, by: "tester", address: null };
const reason = "a test";

let stage: Stage;
let world: World;
let hub: Hub;
/** Of the next orders, in turn; after them all is calm. */
let fates: Fate[] = [];

beforeAll(async () => {
  stage = await openStage();
  world = createWorld({ followers: 1, simulator: { fates: () => fates.shift() ?? CALM } });
  await stage.enrol(world);
  hub = await stage.start(world);
  await settled(hub);
});
afterAll(() => stage.close());
beforeEach(() => {
  fates = [];
  stage.faults.length = 0;
});

const REFUSED: Fate = { ...CALM, rejectWith: 10019 };
const login = (): string => world.followers[0]?.login ?? "";
const positions = () => world.brokers.beta.snapshot(login()).positions;
const held = (): string => formatFixed(positions().reduce((sum, { volume }) => sum + volume, 0n));
const open = (filter = {}): Promise<readonly DivergenceView[]> =>
  listDivergences(stage.database.sql, TENANT_ID, filter);

async function swept(): Promise<void> {
  await hub.divergences.sweep(TENANT_ID);
  await settled(hub);
}

async function reckoned(volume: string): Promise<DivergenceView> {
  await eventually(`${volume} are missing`, async () => {
    await swept();
    const [one] = await open();
    return one?.wayBack.possible === true && one.wayBack.orders[0]?.volume === volume;
  });
  const [one] = await open();
  if (one === undefined) throw new RangeError("no divergence");
  return one;
}

async function asked(): Promise<string> {
  const { sql } = stage.database;
  const { digest } = await planRealignment(sql, TENANT_ID, {});
  const [id] = await askDesk(sql, BY, { action: "realign", filter: {}, reason, digest });
  await eventually("it is answered", async () => {
    await swept();
    const [answer] = await answersOf(sql, TENANT_ID, [id ?? ""]);
    return answer?.state !== "waiting";
  });
  return id ?? "";
}

function closeMaster(positionId: string | null, volume: string): void {
  world.trade({ kind: "close", positionId, volume: parseFixed(volume) });
}

test("what a way back has filled in part is not opened again by the next one", async () => {
  fates = [REFUSED, { ...CALM, fillPpm: 333_334 }];
  const opened = world.trade({ volume: parseFixed("0.3") });
  await settled(hub);
  await reckoned("0.3");
  await asked();
  expect(held()).toBe("0.1");
  await reckoned("0.2");
  await asked();
  expect(held()).toBe("0.3");
  await eventually("it is over", async () => (await open()).length === 0);
  closeMaster(opened.positionId, "0.3");
  await settled(hub);
  expect(held()).toBe("0");
});

test("a way back whose process died before it said so is found done, and not gone again", async () => {
  fates = [REFUSED];
  const opened = world.trade({ volume: parseFixed("0.3") });
  await settled(hub);
  const { divergenceId } = await reckoned("0.3");
  const requestId = await asked();
  expect(held()).toBe("0.3");
  await eventually("it is over", async () => (await open()).length === 0);
  // As the ledger stands where the process ends right after the outcome was written.
  const { admin } = stage.database;
  await admin`delete from divergence_answers where request_id = ${requestId}`;
  await admin`update divergences set closed_at = null, resolution = null
    where divergence_id = ${divergenceId}`;
  hub = await successor(stage, world, hub);
  await swept();
  await swept();
  expect(held()).toBe("0.3");
  expect(await open()).toEqual([]);
  const { divergence, history } = await getDivergence(stage.database.sql, TENANT_ID, divergenceId);
  expect(divergence).toMatchObject({ resolution: "realigned", severity: "warning" });
  const told = history.map(({ what, subject }) => (what === "sent" ? what : `${what} ${subject}`));
  expect(told.slice(0, 4)).toEqual(["opened ", "asked realign", "sent", "ended realigned"]);
  expect(told.slice(4).sort()).toEqual(["answered refused", "ended realigned"]);
  const [before, now] = await openOverTime(stage.database.sql, TENANT_ID, {
    ...{ from: new Date(0), to: new Date(), points: 2 },
  });
  expect([before?.open, now?.open]).toEqual([0, 0]);
  await expect(getDivergence(stage.database.sql, TENANT_ID, "none")).rejects.toMatchObject({
    code: "NOT_FOUND",
  });
  closeMaster(opened.positionId, "0.3");
  await settled(hub);
  expect(held()).toBe("0");
});

test("a close by hand comes before what was to be done about the copy", async () => {
  const opened = world.trade({ stopLoss: parseFixed("1.05") });
  await settled(hub);
  const [position] = positions();
  const mine = { symbol: "EURUSD.b", side: "buy", positionId: position?.id ?? "" } as const;
  const plain = { takeProfit: null, magic: 0, comment: "", volume: null };
  const stops = { ...mine, ...plain, kind: "protect", stopLoss: parseFixed("1.01") } as const;
  world.brokers.beta.trade(login(), stops);
  await hub.reconcile();
  expect(hub.reconciler.divergences.map(({ cause }) => cause)).toEqual(["STOPS"]);
  world.brokers.beta.trade(login(), { ...stops, kind: "close", stopLoss: null });
  await settled(hub);
  expect(hub.reconciler.divergences.map(({ cause }) => cause)).toEqual(["CLOSED_BY_HAND"]);
  closeMaster(opened.positionId, "1");
  await settled(hub);
  await eventually("it is gone", async () => (await open()).length === 0);
});

test("what comes back is the same divergence, raised once, with each return on record", async () => {
  const opened = world.trade({ stopLoss: parseFixed("1.05") });
  await settled(hub);
  const [position] = positions();
  const set = (price: string): void => {
    world.brokers.beta.trade(login(), {
      ...{ kind: "protect", symbol: "EURUSD.b", side: "buy", volume: null },
      ...{ positionId: position?.id ?? "", stopLoss: parseFixed(price), takeProfit: null },
      ...{ magic: 0, comment: "" },
    });
  };
  for (let round = 0; round < 3; round += 1) {
    set("1.01");
    for (let look = 0; look < 3; look += 1) await hub.reconcile();
    await eventually("it is told", async () => (await open()).length === 1);
    set("1.05");
    await hub.reconcile();
    await eventually("it is gone", async () => (await open()).length === 0);
  }
  const { admin } = stage.database;
  const rows = await admin`select what from divergence_events join divergences using (divergence_id)
    where position = ${opened.positionId} order by event_id`;
  const again = ["returned", "ended"];
  expect(rows.map((row) => row["what"])).toEqual(["opened", "ended", ...again, ...again]);
  closeMaster(opened.positionId, "1");
  await settled(hub);
});

test("an account that cannot be read is not an empty one, whether it is the snapshot or the history", async () => {
  const opened = world.trade({});
  await settled(hub);
  const gateway = world.gateways.get(world.brokers.beta.brokerId);
  if (gateway === undefined) throw new RangeError("no gateway");
  const { snapshot, deals } = gateway;
  const down = () => Promise.reject(new LockstepError("GATEWAY_DOWN", { broker: "beta" }));
  gateway.snapshot = down;
  await hub.reconcile();
  await settled(hub);
  expect(hub.reconciler.divergences).toEqual([]);
  gateway.snapshot = snapshot;
  // The position is gone, and the history that would say why cannot be had: nothing is concluded.
  const account = accountRefOf(TENANT, world.followers[0] ?? world.master);
  gateway.setLink(account, false);
  await settled(hub);
  world.brokers.beta.trade(login(), {
    ...{ kind: "close", symbol: "EURUSD.b", side: "buy", volume: null, takeProfit: null },
    ...{ positionId: positions()[0]?.id ?? "", stopLoss: null, magic: 0, comment: "" },
  });
  gateway.deals = () => {
    throw new LockstepError("GATEWAY_DOWN", { broker: "beta" });
  };
  gateway.setLink(account, true);
  await hub.reconcile();
  await settled(hub);
  expect(hub.reconciler.divergences).toEqual([]);
  gateway.deals = deals;
  await eventually("the history says who closed it", async () => {
    await hub.look([...hub.accounts.values()]);
    await settled(hub);
    return hub.reconciler.divergences.some(({ cause }) => cause === "CLOSED_BY_HAND");
  });
  closeMaster(opened.positionId, "1");
  await settled(hub);
});
