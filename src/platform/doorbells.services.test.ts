/** What a doorbell promises, over both footings; and what each footing's server may do to it. */
import { randomUUID } from "node:crypto";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { isLockstepError } from "../domain/errors.ts";
import { type TestDatabase, testDatabase } from "../testing/database.ts";
import { eventually } from "../testing/eventually.ts";
import { footings, type TestRedis, testRedis } from "../testing/redis.ts";
import type { Doorbells } from "./doorbells.ts";
import { openDoorbells } from "./open-doorbells.ts";

describe.each(footings())("doorbells on %s", (footing) => {
  let database: TestDatabase;
  let redis: TestRedis | null = null;
  const open: Doorbells[] = [];
  const errors: Error[] = [];

  beforeAll(async () => {
    database = await testDatabase();
    redis = footing === "redis" ? await testRedis() : null;
  });
  afterEach(async () => {
    await Promise.all(open.splice(0).map((bells) => bells.close()));
  });
  afterAll(async () => {
    await redis?.stop();
    await database.drop();
  });

  const bells = async (prefix = randomUUID()): Promise<Doorbells> => {
    const redisUrl = redis?.url ?? null;
    const onError = (error: Error): void => void errors.push(error);
    const opened = await openDoorbells({ databaseUrl: database.url, redisUrl, prefix, onError });
    open.push(opened);
    return opened;
  };
  const slot = (): string => `s${randomUUID().slice(0, 8)}`;

  test("stands where it was asked to", async () => {
    expect((await bells()).footing).toBe(footing);
  });

  test("a rung bell is answered, also from another process, and nothing of it is kept", async () => {
    const prefix = randomUUID();
    const [ringer, owner] = [await bells(prefix), await bells(prefix)];
    const name = slot();
    let heard = 0;
    await owner.listen(name, () => {
      heard += 1;
    });
    for (let rings = 1; rings <= 3; rings += 1) {
      await ringer.ring(name);
      await eventually("the bell is heard", () => heard >= rings);
    }
    expect(await ringer.depth(name)).toBe(0);
  });

  test("rings while nobody listens are answered once someone does", async () => {
    const doorbells = await bells();
    const name = slot();
    for (let rings = 0; rings < 5; rings += 1) await doorbells.ring(name);
    expect(await doorbells.depth(name)).toBe(5);
    let heard = 0;
    await doorbells.listen(name, () => {
      heard += 1;
    });
    await eventually("all bells are heard", () => heard === 5);
    await eventually("none is left", async () => (await doorbells.depth(name)) === 0);
  });

  test("a slot hears its own bells only, and none after it stopped listening", async () => {
    const doorbells = await bells();
    const [mine, other] = [slot(), slot()];
    let heard = 0;
    const stop = await doorbells.listen(mine, () => {
      heard += 1;
    });
    await doorbells.ring(other);
    await doorbells.ring(mine);
    await eventually("mine is heard", () => heard === 1);
    await stop();
    await doorbells.ring(mine);
    expect([heard, await doorbells.depth(mine), await doorbells.depth(other)]).toEqual([1, 1, 1]);
  });

  test("an answer that throws does not end the listening", async () => {
    const doorbells = await bells();
    const name = slot();
    let heard = 0;
    await doorbells.listen(name, () => {
      heard += 1;
      if (heard === 1) throw new Error("a fault of the answerer");
    });
    await doorbells.ring(name);
    await doorbells.ring(name);
    await eventually("the second is heard", () => heard >= 2);
    expect(await doorbells.depth(name)).toBe(0);
  });

  test("bells that nobody answers do not pile up without end", async () => {
    const doorbells = await bells();
    const name = slot();
    for (let batch = 0; batch < 20; batch += 1) {
      await Promise.all(Array.from({ length: 20 }, () => doorbells.ring(name)));
    }
    expect(await doorbells.depth(name)).toBeLessThanOrEqual(300);
  });

  test("what was closed rings no more, and says so", async () => {
    const doorbells = await bells();
    await doorbells.ring("a");
    await doorbells.close();
    const error = await doorbells.ring("a").catch((caught: unknown) => caught);
    expect(isLockstepError(error, "QUEUE_DOWN")).toBe(true);
  });

  test("closing leaves no connection behind", async () => {
    const sockets = (): number =>
      process.getActiveResourcesInfo().filter((kind) => kind === "TCPSocketWrap").length;
    const before = sockets();
    const doorbells = await bells();
    const name = slot();
    await doorbells.listen(name, () => {});
    await doorbells.ring(name);
    expect(sockets()).toBeGreaterThan(before);
    await doorbells.close();
    await eventually("all sockets are gone", () => sockets() <= before);
  });

  if (footing === "redis")
    test("an emptied Redis costs the bells in it, no more", async () => {
      const doorbells = await bells();
      const name = slot();
      let heard = 0;
      await doorbells.ring(name);
      await redis?.empty();
      await doorbells.listen(name, () => {
        heard += 1;
      });
      await redis?.empty();
      await doorbells.ring(name);
      await eventually("the next bell is heard", () => heard === 1);
    });

  if (footing === "redis")
    test("a dead Redis is QUEUE_DOWN in time, and heard again", async () => {
      const doorbells = await bells();
      const name = slot();
      let heard = 0;
      await doorbells.listen(name, () => {
        heard += 1;
      });
      await redis?.kill();
      const since = performance.now();
      const error = await doorbells.ring(name).catch((caught: unknown) => caught);
      expect(isLockstepError(error, "QUEUE_DOWN") && error.retry).toBe(true);
      expect(performance.now() - since).toBeLessThan(3_000);
      await redis?.start();
      await eventually("a bell is heard again", async () => {
        await doorbells.ring(name).catch(() => {});
        return heard > 0;
      });
    });

  if (footing === "redis")
    test("a frozen Redis is QUEUE_DOWN in time, and heard again", async () => {
      const doorbells = await bells();
      const name = slot();
      let heard = 0;
      await doorbells.listen(name, () => {
        heard += 1;
      });
      await doorbells.ring(name);
      await eventually("it works", () => heard === 1);
      redis?.freeze();
      const since = performance.now();
      const error = await doorbells.ring(name).catch((caught: unknown) => caught);
      expect(isLockstepError(error, "QUEUE_DOWN")).toBe(true);
      expect(performance.now() - since).toBeLessThan(3_000);
      redis?.thaw();
      await eventually("a bell is heard again", async () => {
        await doorbells.ring(name).catch(() => {});
        return heard > 1;
      });
      redis?.freeze();
      const closing = performance.now();
      await doorbells.close();
      expect(performance.now() - closing).toBeLessThan(6_000);
      redis?.thaw();
    });

  if (footing === "postgres")
    test("cut connections are made again", async () => {
      const doorbells = await bells();
      const name = slot();
      let heard = 0;
      await doorbells.listen(name, () => {
        heard += 1;
      });
      await database.admin`
      select pg_terminate_backend(pid) from pg_stat_activity
      where datname = current_database() and pid <> pg_backend_pid()`;
      await eventually("a bell is heard again", async () => {
        await doorbells.ring(name).catch(() => {});
        return heard > 0;
      });
    });
});
