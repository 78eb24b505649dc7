/**
 * What this project is for, through compiled Expert Advisors: two hours of a moving market, played
 * faster, a master who trades by hand, two followers, and everything that can break breaking.
 * After every step nothing may be wrong before the next one begins.
 */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { eventually } from "../../src/testing/eventually.ts";
import { FOLLOWERS, type Holding, type Role, Scene } from "./scene.ts";
import { canCompile } from "./table.ts";
import { Tape } from "./tape.ts";

const HOURS_MS = 7_200_000;
const SPEED = 180;
const SEED = 20260105;
const ALL_MS = 120_000;

let scene: Scene;
beforeAll(async () => {
  if (!canCompile) return;
  scene = await Scene.set(new Tape({ seed: SEED, lengthMs: HOURS_MS, speed: SPEED }));
}, ALL_MS);
afterAll(async () => scene?.close());

/** The position or order that the master's last trade made. */
const newest = (rows: readonly Holding[]): Holding => {
  const last = rows.toSorted((a, b) => a.ticket - b.ticket).at(-1);
  if (last === undefined) throw new TypeError("the master holds nothing");
  return last;
};

async function masterOpens(words: string): Promise<number> {
  await scene.tell("master", `open ${words}`);
  return newest((await scene.book("master")).positions).ticket;
}

/** A trade of the master around which a connection breaks: just before it, or just after. */
async function broken(role: Role, when: "before" | "after", line: string): Promise<void> {
  if (when === "before") await scene.tell(role, "drop");
  await scene.tell("master", line);
  if (when === "after") await scene.tell(role, "drop");
  await scene.agrees(`${line}, ${role} dropped ${when} it`);
}

async function stopsAre(role: Role, symbol: string, sl: number): Promise<void> {
  let held: readonly Holding[] = [];
  const check = async (): Promise<boolean> => {
    held = (await scene.book(role)).positions.filter((one) => one.symbol === symbol);
    return held.some((one) => Math.abs(one.sl - sl) < 0.001);
  };
  await eventually(`the stop of ${sl}`, check).catch(async (error: unknown) => {
    const answers = await scene.database
      .admin`select kind, state, code, stop_loss from instruction_states
      where kind = 'protect'`;
    throw new Error(`${String(error)}\n${role} ${JSON.stringify([held, answers])}`);
  });
}

async function again(role: Role): Promise<void> {
  await scene.terminal(role).exited;
  scene.begin(role);
  await eventually(`${role} is back`, () => scene.isLinked(role), 20_000);
}

const mt4Copy = async (symbol: string): Promise<Holding> =>
  newest((await scene.book("mt4")).positions.filter((one) => one.symbol === symbol));

describe.skipIf(!canCompile)("compiled terminals through a running hub", () => {
  test(
    "positions agree with the rules whatever breaks, and no key is executed twice",
    async () => {
      const tape = scene.tape;
      // Calm: both copy, in whole.
      const first = await masterOpens("EURUSD buy 0.40");
      await scene.agrees("a first open");
      const second = await masterOpens("XAUUSD sell 0.20");
      await scene.agrees("a second open");
      expect(await scene.skipped()).toEqual([]);
      for (const role of FOLLOWERS) {
        expect((await scene.book(role)).positions, role).toHaveLength(2);
      }
      await scene.tell("master", `protect ${first} sl=1.08000 tp=1.13000`);
      for (const role of FOLLOWERS) await stopsAre(role, "EURUSD", 1.08);
      await scene.tell("master", `close ${first} 0.10`);
      await scene.agrees("a partial close");

      // Pending orders: one is changed and fills by itself, one is cancelled.
      await scene.tell("master", "place EURUSD buy-limit 0.20 price=1.09000");
      const order = newest((await scene.book("master")).orders);
      await scene.tell("master", `replace ${order.ticket} price=1.09700`);
      await scene.tell("master", "place XAUUSD sell-limit 0.10 price=2050.000");
      const other = newest((await scene.book("master")).orders);
      await scene.tell("master", `cancel ${other.ticket}`);
      await eventually(
        "the order fills",
        async () => (await scene.book("master")).orders.length === 0,
        20_000,
      );
      await scene.agrees("a pending order that filled");

      // By hand on a follower: it stays closed, whatever the master goes on to do.
      const gold = await mt4Copy("XAUUSD");
      await scene.tell("mt4", `close ${gold.ticket} ${gold.volume}`);
      await scene.agrees("a close by a follower's own hand");
      await scene.tell("master", `close ${second} 0.10`);
      await scene.agrees("a partial close of what a follower has left");
      expect((await scene.book("mt4")).positions.some((one) => one.symbol === "XAUUSD")).toBe(
        false,
      );

      // A connection breaks at every step, on each of the three in turn.
      const third = await masterOpens("EURUSD sell 0.20");
      await scene.tell("mt4", "drop");
      await scene.agrees("an open, a follower dropped while it goes out");
      await broken("master", "before", `close ${first} 0.10`);
      await broken("netting", "before", `close ${third} 0.10`);
      await broken("mt4", "before", `protect ${first} sl=1.08500 tp=1.13000`);
      await broken("netting", "after", "open XAUUSD buy 0.20");
      await broken("master", "after", `close ${third} 0.04`);
      await scene.tell("netting", "fault drop-after-reply 1");
      await scene.tell("mt4", "fault drop-after-reply 1");
      await broken("master", "after", "open EURUSD buy 0.10");

      // The broker executes, and its answer is lost.
      await scene.tell("mt4", "fault timeout-executed 1");
      await scene.tell("netting", "fault timeout-executed 1");
      await masterOpens("XAUUSD sell 0.10");
      await scene.agrees("opens whose answers were lost");

      // A terminal is killed after the broker has its order, and one before.
      await scene.tell("netting", "fault kill-after-send 1");
      const fourth = await masterOpens("EURUSD buy 0.20");
      await again("netting");
      await scene.agrees("an open that killed its terminal");
      await scene.terminal("mt4").kill();
      await scene.tell("master", `close ${fourth} 0.20`);
      await again("mt4");
      await scene.agrees("a close while a terminal was dead");
      await scene.terminal("master").kill();
      await again("master");
      await masterOpens("EURUSD sell 0.10");
      await scene.agrees("an open after the master's terminal was dead");

      // The hub is killed, and the master trades on.
      await scene.killHub();
      await scene.tell("master", `close ${first} 0.10`);
      await masterOpens("XAUUSD buy 0.10");
      await scene.startHub();
      for (const role of ["master", ...FOLLOWERS] as const) {
        await eventually(`${role} is back`, () => scene.isLinked(role), 20_000);
      }
      await scene.agrees("trades while the hub was dead");

      await eventually("two hours are over", () => tape.isOver, ALL_MS);
      await scene.agrees("the end");
      expect(await scene.copiesMade()).toBeGreaterThanOrEqual(14);
      for (const role of FOLLOWERS) expect(scene.executedTwice(role), role).toEqual([]);
    },
    ALL_MS,
  );
});
