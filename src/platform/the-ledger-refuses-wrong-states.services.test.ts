import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createWorld, settled, TENANT_ID } from "../testing/harness.ts";
import { openStage, type Stage } from "../testing/stage.ts";
import { inTenant, type Transaction } from "./postgres.ts";

const UNIQUE = { code: "23505" };
const ILLEGAL_WAY = { code: "LS001" };
const FENCE_DOWN = { code: "LS002" };

let stage: Stage;

beforeAll(async () => {
  stage = await openStage();
  const world = createWorld({ followers: 1 });
  await stage.enrol(world);
  const hub = await stage.start(world);
  world.trade({});
  await settled(hub);
});
afterAll(() => stage.close());

const asApplication = (act: (tx: Transaction) => Promise<unknown>): Promise<unknown> =>
  inTenant(stage.database.sql, TENANT_ID, act);

test("a second signal of one event of a master", async () => {
  const again = asApplication(
    (tx) => tx`insert into signals select (jsonb_populate_record(s, jsonb_build_object(
      'signal_id', ${randomUUID()}::text, 'sequence', 2))).* from signals s`,
  );
  await expect(again).rejects.toMatchObject(UNIQUE);
});

test("a second decision for one signal and subscription", async () => {
  const again = asApplication(
    (tx) => tx`insert into decisions select (jsonb_populate_record(d, jsonb_build_object(
      'decision', 'skip', 'reason', 'KILLED'))).* from decisions d`,
  );
  await expect(again).rejects.toMatchObject(UNIQUE);
});

test("a skip without a reason, and a copy with one", async () => {
  for (const [decision, reason] of [
    ["skip", null],
    ["copy", "KILLED"],
  ]) {
    const wrong = asApplication(
      (tx) => tx`insert into decisions select (jsonb_populate_record(d, jsonb_build_object(
        'signal_id', ${randomUUID()}::text, 'decision', ${decision ?? null}::text,
        'reason', ${reason ?? null}::text))).* from decisions d`,
    );
    await expect(wrong).rejects.toMatchObject({ code: "23514" });
  }
});

test("a second instruction with the same key", async () => {
  const again = asApplication(
    (tx) => tx`insert into instructions overriding system value
      select (jsonb_populate_record(i, jsonb_build_object(
        'ledger_order', 999, 'attempt', 2))).* from instructions i`,
  );
  await expect(again).rejects.toMatchObject(UNIQUE);
});

/** Outcomes of one new key, one after the other. */
function ways(...statuses: readonly (readonly [number: number, status: string])[]) {
  const key = randomUUID().replaceAll("-", "").slice(0, 16);
  return asApplication(async (tx) => {
    for (const [number, status] of statuses) {
      await tx`insert into outcomes (tenant_id, key, number, status, fence, at)
        values (${TENANT_ID}, ${key}, ${number}, ${status}, 1, now())`;
    }
  });
}

test("nothing follows a terminal outcome, and no number is left out", async () => {
  await ways([1, "sent"], [2, "unknown"], [3, "done"]);
  await ways([1, "working"], [2, "partial"]);
  for (const terminal of ["done", "partial", "rejected"]) {
    await expect(ways([1, terminal], [2, "unknown"])).rejects.toMatchObject(ILLEGAL_WAY);
    await expect(ways([1, terminal], [2, "done"])).rejects.toMatchObject(ILLEGAL_WAY);
  }
  await expect(ways([1, "sent"], [3, "done"])).rejects.toMatchObject(ILLEGAL_WAY);
  await expect(ways([1, "sent"], [2, "sent"])).rejects.toMatchObject(ILLEGAL_WAY);
  await expect(ways([1, "sent"], [1, "done"])).rejects.toMatchObject(UNIQUE);
  await expect(ways([1, "lost"])).rejects.toMatchObject({ code: "23514" });
});

test("a fence that goes down, or an owner that changes under the same fence", async () => {
  const { sql } = stage.database;
  const down = sql`update leases set fence = fence - 1 where partition = 0`;
  await expect(down).rejects.toMatchObject(FENCE_DOWN);
  const taken = sql`update leases set owner = ${randomUUID()} where partition = 0`;
  await expect(taken).rejects.toMatchObject(FENCE_DOWN);
});
