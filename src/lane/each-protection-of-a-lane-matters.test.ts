import type { PositionMode } from "../domain/account.ts";
import type { Instruction, Outcome } from "../domain/instruction.ts";
import type { LedgerInstruction } from "../follower/instruction.ts";
import type { Gateway } from "../gateway/gateway.ts";
import { Activity } from "../platform/activity.ts";
import { noFailpoints } from "../platform/failpoints.ts";
import type { Protections } from "../platform/protections.ts";
import { NOW } from "../testing/follower-builders.ts";
import { matters } from "../testing/matters.ts";
import { accountStateOf, ledgerInstructionOf, outcomeOf } from "../testing/owner-builders.ts";
import { LaneService } from "./service.ts";

type Options = { readonly inFlightMax: number; readonly positionMode: PositionMode };

/** A lane whose broker answers when it is told to, and what was sent there, in order. */
function laneOf(protections: Protections, { inFlightMax, positionMode }: Options) {
  let account = accountStateOf({ positionMode });
  const sent: string[] = [];
  const answers = new Map<string, (outcome: Outcome) => void>();
  const looks: (() => void)[] = [];
  const gateway = {
    capabilities: () => ({ inFlightMax }),
    execute: ({ key }: Instruction) => {
      sent.push(key);
      return new Promise<Outcome>((resolve) => answers.set(key, resolve));
    },
  } as unknown as Gateway;
  const timers = { sleep: async () => {} };
  const lanes = new LaneService({
    ...{ timers, wall: timers, clock: { now: () => NOW }, failpoints: noFailpoints, protections },
    activity: new Activity(),
    store: { settle: async () => {}, insert: async () => {} },
    stopping: new AbortController().signal,
    fence: () => 1,
    gateway: () => gateway,
    subscription: () => undefined,
    subscriptions: () => [],
    account: () => account,
    look: () => new Promise((resolve) => looks.push(resolve)),
    fanningOut: () => false,
    resolved: () => {},
    stale: () => {},
    fault: () => {},
  });
  return {
    lanes,
    sent,
    submit: (...list: readonly LedgerInstruction[]) => {
      for (const one of list) lanes.submit([{ ...one, status: lanes.admit(account) }]);
    },
    /** The same account, dropped and read from the ledger again. */
    readAgain: () => {
      lanes.drop(account.account.accountId);
      account = accountStateOf({ positionMode });
    },
    looked: () => looks.splice(0).map((look) => look()),
    answer: (key: string) => answers.get(key)?.(outcomeOf()),
    cancel: (position: string) => lanes.cancelUnsent(account, "subscription", position),
  };
}

const settled = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 5));

const first = ledgerInstructionOf({ key: "first", position: "p1" });
const open = ledgerInstructionOf({ key: "open", position: "p2", part: 2 });
const close = ledgerInstructionOf({
  ...{ key: "close", kind: "close", position: "p3", positionId: "h3", part: 3 },
});

const ONE = { inFlightMax: 1, positionMode: "hedging" } as const;
const NETS = { inFlightMax: 3, positionMode: "netting" } as const;

matters(
  "closes-first",
  async (on) => {
    const { submit, sent, answer } = laneOf(on, ONE);
    submit(first, open, close);
    answer("first");
    await settled();
    return sent;
  },
  { is: ["first", "close"], without: ["first", "open"] },
);

matters(
  "cancels-unsent-opens",
  async (on) => {
    const { submit, sent, answer, cancel } = laneOf(on, ONE);
    submit(first, open);
    cancel("p2");
    answer("first");
    await settled();
    return sent;
  },
  { is: ["first"], without: ["first", "open"] },
);

matters(
  "one-order-a-net",
  async (on) => {
    const { submit, sent, looked } = laneOf(on, NETS);
    submit(first, close);
    looked();
    await settled();
    looked();
    await settled();
    return sent;
  },
  { is: ["first"], without: ["first", "close"] },
);

matters(
  "served-only",
  async (on) => {
    const { submit, sent, looked, readAgain } = laneOf(on, NETS);
    submit(close);
    await settled();
    // The broker takes its time to be looked at: longer than a look-up takes to give the key up.
    readAgain();
    looked();
    await settled();
    return sent;
  },
  { is: [], without: ["close"] },
);
