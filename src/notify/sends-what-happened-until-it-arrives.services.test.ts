import { afterAll, beforeAll, expect, test } from "vitest";
import { parseFixed } from "../domain/fixed.ts";
import { sealer } from "../platform/sealed.ts";
import { openNotify } from "../rest.ts";
import { settled } from "../testing/harness.ts";
import type { Told } from "../testing/rest.ts";
import { OURS, openRestWorld, type RestWorld } from "../testing/rest-world.ts";
import type { Attempt } from "./post.ts";
import { signatureOf } from "./sign.ts";

let world: RestWorld;
beforeAll(async () => {
  world = await openRestWorld();
});
afterAll(() => world.close());

const ask = (method: string, path: string, body?: unknown): Promise<Told> =>
  world.rest.ask(`/v1/webhooks${path}`, {
    ...{ key: world.key, method },
    ...(body === undefined ? {} : { body }),
  });
const url = "https://hooks.example.com/second";

test("what happened is sent once to who wants it, signed with both secrets while they change", async () => {
  const made = await ask("POST", "", { url, types: ["signal.committed", "copy_event.filled"] });
  const { id, secret } = made.body;
  expect(secret).toMatch(/^whsec_/);
  expect(JSON.stringify((await ask("GET", "")).body)).not.toContain("whsec_");
  const rotated = await ask("POST", `/${id}/rotate_secret`);
  world.sent.length = 0;
  world.world.trade({ volume: parseFixed("0.2") });
  await settled(world.hub);
  for (let turns = 0; turns < 3; turns += 1) await world.notify.turn();
  const sent = world.sent.filter((one) => one.url === url);
  const types = sent.map(({ body }) => JSON.parse(body).type).sort();
  expect(types.filter((type) => type === "signal.committed").length).toBeGreaterThan(0);
  expect(types.filter((type) => type === "copy_event.filled").length).toBeGreaterThanOrEqual(2);
  const messages = sent.map(({ headers }) => headers["webhook-id"]);
  expect(new Set(messages).size).toBe(messages.length);
  for (const { headers, body } of sent) {
    const message = {
      ...{ id: headers["webhook-id"] ?? "", body },
      timestampS: Number(headers["webhook-timestamp"]),
    };
    const secrets = [rotated.body.secret, secret].map((text: string) =>
      Buffer.from(text.slice("whsec_".length), "base64"),
    );
    expect(headers["webhook-signature"]).toBe(signatureOf(message, secrets));
  }
  const listed = (await world.rest.ask("/v1/events", { key: world.key })).body.data;
  for (const { headers, body } of sent) {
    const { data } = JSON.parse(body);
    expect(JSON.stringify(data)).not.toMatch(/[0-9a-f]{8}-[0-9a-f]{4}-/);
    expect(listed).toContainEqual(expect.objectContaining({ id: headers["webhook-id"], data }));
  }
  const rows = await world.stage.database.admin`
    select to_jsonb(w)::text as row from webhook_endpoints w
    union all select to_jsonb(a)::text from audit a`;
  expect(rows.map(({ row }) => row).join()).not.toContain(secret.slice(6));
});

test("what fails is tried again, a replay begins anew, and gone is gone", async () => {
  const answers: Attempt[] = [
    { status: 500, error: null },
    { status: 302, error: null },
    { status: 200, error: null },
    { status: 410, error: null },
  ];
  const { admin, sql } = world.stage.database;
  const notify = openNotify(
    sql,
    sealer(Buffer.alloc(32, 1)),
    async () => answers.shift() ?? { status: 200, error: null },
  );
  await admin`update webhook_endpoints set disabled_at = now() where tenant_id = ${OURS}`;
  const made = await ask("POST", "", { url, types: ["kill_switch.engaged"] });
  const { id } = made.body;
  await admin`insert into kill_states (tenant_id, scope, scope_id, engaged, by_whom, reason)
    values (${OURS}, 'tenant', ${OURS}, true, 'test', 'A test.')`;
  const delivery = async () => (await ask("GET", `/${id}/deliveries`)).body.data[0];
  const due = () => admin`update webhook_deliveries set next_at = now() where next_at is not null`;
  await notify.turn();
  expect(await delivery()).toMatchObject({ attempts: 1, last_status: 500, delivered_at: null });
  await notify.turn();
  expect((await delivery()).attempts).toBe(1);
  await due();
  await notify.turn();
  expect(await delivery()).toMatchObject({ attempts: 2, last_status: 302 });
  await due();
  await notify.turn();
  expect(await delivery()).toMatchObject({ attempts: 3, last_status: 200, next_at: null });
  const again = await ask("POST", `/${id}/deliveries/${(await delivery()).id}/replay`);
  expect(again.body).toMatchObject({ attempts: 0, delivered_at: null });
  await notify.turn();
  expect(await delivery()).toMatchObject({ last_status: 410, next_at: null });
  const webhooks = (await ask("GET", "")).body.data;
  expect(webhooks.find((one: { id: string }) => one.id === id).disabled_because).toContain("410");
  expect((await ask("DELETE", `/${id}`)).status).toBe(204);
  expect((await ask("GET", `/${id}/deliveries`)).status).toBe(404);
});

test("what people do, and what comes apart again, is told each time", async () => {
  const { admin } = world.stage.database;
  const types = ["copy.paused", "copy.resumed", "divergence.opened", "divergence.resolved"];
  await admin`update webhook_endpoints set disabled_at = now() where tenant_id = ${OURS}`;
  await ask("POST", "", { url, types: [...types, "operation.completed", "strategy.published"] });
  const post = { key: world.key, method: "POST" };
  const { subscription, strategy, divergence } = world.ids;
  world.sent.length = 0;
  for (const verb of ["pause", "resume"]) {
    const path = `/v1/subscriptions/${subscription}/${verb}`;
    const told = await world.rest.ask(path, { ...post, body: { reason: "A test." } });
    expect(told.status).toBeLessThan(300);
  }
  const terms = { visibility: "public", description: "A test.", terms: "" };
  await world.rest.ask(`/v1/strategies/${strategy}/versions`, { ...post, body: terms });
  await world.rest.ask("/v1/operations", {
    ...{ ...post, headers: { "Idempotency-Key": "told once" } },
    body: { action: "pause", selector: { strategy_id: strategy }, reason: "A test." },
  });
  const [row] = await admin`select divergence_id as id from divergences
    where tenant_id = ${OURS} order by opened_at desc limit 1`;
  for (const what of ["ended", "returned", "ended", "returned"]) {
    await admin`insert into divergence_events (tenant_id, divergence_id, what, resolution, at)
      values (${OURS}, ${row?.["id"]}, ${what}, ${what === "ended" ? "gone" : null},
        clock_timestamp())`;
  }
  expect(divergence).toBeDefined();
  for (let turns = 0; turns < 3; turns += 1) await world.notify.turn();
  const counted = new Map<string, number>();
  for (const { body } of world.sent) {
    const { type } = JSON.parse(body);
    counted.set(type, (counted.get(type) ?? 0) + 1);
  }
  expect(counted.get("copy.paused")).toBeGreaterThanOrEqual(1);
  expect(counted.get("copy.resumed")).toBe(1);
  expect(counted.get("strategy.published")).toBe(1);
  expect(counted.get("operation.completed")).toBe(1);
  expect(counted.get("divergence.opened")).toBeGreaterThanOrEqual(2);
  expect(counted.get("divergence.resolved")).toBeGreaterThanOrEqual(2);
});
