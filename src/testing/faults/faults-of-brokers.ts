/** What befalls brokers and the way to them, and what people and clocks do meanwhile. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { integerBetween } from "../../platform/random.ts";
import { engageKill, killsOf } from "../../risk/kill/service.ts";
import { TENANT_ID } from "../harness.ts";
import type { Mischief } from "./broker-process.ts";
import { during, type Fault, now } from "./fault.ts";
import { pause } from "./scene.ts";

/** Longer than anybody else may wait because of it. */
export const SLOW_MS = 2_500;

const mischief = (name: string, how: Mischief, rows: string): Fault => ({
  ...{ name, rows },
  inject: (scene) =>
    during(
      scene,
      () => scene.broker.word({ do: "mischief", mischief: how }),
      () => scene.broker.word({ do: "mischief", mischief: "none" }),
    ),
});

export const brokers: readonly Fault[] = [
  {
    name: "broker link reset",
    rows: "17-18",
    async inject(scene) {
      for (let times = 0; times < 5; times += 1) {
        scene.links.broker.reset();
        await pause(integerBetween(scene.random, 20, 300));
      }
      return now();
    },
  },
  {
    name: "broker link silent",
    rows: "17-18",
    inject: (scene) =>
      during(
        scene,
        () => scene.links.broker.set("black-hole"),
        () => scene.links.broker.set("pass"),
      ),
  },
  {
    name: "replies held",
    rows: "19",
    inject: (scene) =>
      during(
        scene,
        () => scene.links.broker.set("hold-replies"),
        () => scene.links.broker.set("pass"),
      ),
  },
  {
    name: "history late",
    rows: "20",
    brokers: { historyLagMs: 1_000, faults: { lostReplyRate: 0.3, lostRequestRate: 0.1 } },
    lasting: true,
    inject: async () => now(),
  },
  mischief("events thrice", "triple", "21"),
  mischief("events out of order", "permute", "22"),
  mischief("events lost", "drop", "23"),
  {
    name: "partial fills",
    rows: "25",
    brokers: { faults: { partialRate: 0.4 } },
    lasting: true,
    inject: async () => now(),
  },
  {
    name: "refusals",
    rows: "26",
    brokers: { faults: { rejectRate: 0.3, rejectCodes: [10006, 10013, 10014, 10018, 10019] } },
    lasting: true,
    inject: async () => now(),
  },
  {
    name: "requotes",
    rows: "27",
    brokers: { faults: { rejectRate: 0.4, rejectCodes: [10004, 10020, 10021] } },
    lasting: true,
    inject: async () => now(),
  },
  {
    name: "answers that say nothing",
    rows: "28",
    brokers: { faults: { rejectRate: 0.12, rejectCodes: [10012, 10031] } },
    lasting: true,
    inject: async () => now(),
  },
  {
    name: "closed before it opened",
    rows: "29",
    async inject(scene) {
      for (let times = 0; times < 4; times += 1) {
        await scene.broker.word({ do: "open and close" });
        await pause(integerBetween(scene.random, 0, 60));
      }
      return now();
    },
  },
  {
    name: "closed by the follower's hand",
    rows: "30",
    async inject(scene) {
      for (let times = 0; times < 3; times += 1) {
        await scene.broker.word({ do: "hand" });
        await pause(integerBetween(scene.random, 0, 150));
      }
      return now();
    },
  },
  {
    name: "the smallest volumes",
    rows: "32",
    async inject(scene) {
      for (let times = 0; times < 4; times += 1) {
        await scene.broker.word({ do: "odd" });
        await pause(integerBetween(scene.random, 0, 60));
      }
      return now();
    },
  },
  {
    name: "clocks hours off",
    rows: "33",
    needs: "faketime",
    async inject(scene) {
      const hours = scene.random.next() < 0.5 ? "+3h" : "-3h";
      writeFileSync(join(scene.options.dir, "clock"), hours);
      await pause(600);
      return now();
    },
  },
  {
    name: "one slow broker account",
    rows: "35",
    brokers: { slowMs: SLOW_MS },
    lasting: true,
    inject: async () => now(),
  },
  {
    name: "kill switch in a storm",
    rows: "37",
    async inject(scene) {
      const target = { tenantId: TENANT_ID, scope: "tenant", scopeId: TENANT_ID } as const;
      const begun = now();
      await engageKill(scene.sql, target, { by: "faults", reason: "a round" });
      for (;;) {
        const [kill] = await killsOf(scene.sql, TENANT_ID);
        if (kill !== undefined && kill.acknowledgedAt !== null) break;
        await pause(10);
      }
      scene.notes["killedAt"] = Date.now();
      scene.notes["acknowledgedMs"] = now() - begun;
      return now();
    },
  },
];
