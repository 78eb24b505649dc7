import fc from "fast-check";
import { expect, test } from "vitest";
import type { Fixed } from "../domain/fixed.ts";
import type { Side } from "../domain/trade.ts";
import type { LedgerInstruction } from "../follower/instruction.ts";
import { afterOutcome, heldOf } from "../follower/outcome.ts";
import type { AccountState, Subscription } from "../follower/state.ts";
import { accountStateOf, ledgerInstructionOf, subscriptionOf } from "../testing/owner-builders.ts";
import { accountTerms, fixed, quoteOf, testBroker } from "../testing/simulated-broker.ts";
import { brokerOrder } from "./order.ts";

const STEP = fixed("0.01");

const moves = fc.array(
  fc.record({
    subscription: fc.constantFrom("a", "b"),
    position: fc.constantFrom("p1", "p2", "p3"),
    side: fc.constantFrom<Side>("buy", "sell"),
    steps: fc.integer({ min: 1, max: 100 }),
    opens: fc.boolean(),
  }),
  { minLength: 1, maxLength: 30 },
);
type Move = typeof moves extends fc.Arbitrary<(infer T)[]> ? T : never;

/** Two subscriptions on one netting account at a simulated broker. */
function bench() {
  const made = testBroker({});
  const terms = { positionMode: "netting", balance: fixed("1000000"), leverage: fixed("500") };
  made.broker.openAccount(accountTerms("one", terms as never));
  made.quotes(quoteOf("EURUSD", "1.10000"));
  const account = accountStateOf({ positionMode: "netting" });
  const subscriptions = ["a", "b"].map((subscriptionId) =>
    subscriptionOf({ subscriptionId, account, copied: new Map() }),
  );
  return { broker: made.broker, account, subscriptions };
}
type Bench = ReturnType<typeof bench>;

/** What a copy would ask for: an open, or a close of what it holds, in part or whole. */
function instructionOf(subscription: Subscription, move: Move): LedgerInstruction | null {
  const { subscriptionId, position, side, steps, opens } = {
    ...move,
    subscriptionId: subscription.subscriptionId,
  };
  const asked = BigInt(steps) * STEP;
  const copied = subscription.copied.get(position);
  const held = copied === undefined ? 0n : heldOf(copied);
  const place = { subscriptionId, position, symbol: "EURUSD" };
  if (opens) {
    return ledgerInstructionOf({
      ...place,
      side: held > 0n ? (copied?.side ?? side) : side,
      volume: asked,
    });
  }
  const [holding] = copied?.holdings ?? [];
  if (copied === undefined || holding === undefined) return null;
  const volume = asked < holding.volume ? asked : holding.volume;
  const { positionId } = holding;
  return ledgerInstructionOf({ ...place, kind: "close", side: copied.side, volume, positionId });
}

function send({ broker, account, subscriptions }: Bench, instruction: LedgerInstruction): void {
  const sender = { account, subscriptions, underWay: [], fence: 1 };
  const outcome = broker.trade("one", brokerOrder(instruction, sender) as never);
  const subscription = subscriptions.find(
    (one) => one.subscriptionId === instruction.subscriptionId,
  );
  const { position } = instruction;
  const after = afterOutcome(
    subscription?.copied.get(position) ?? null,
    instruction,
    outcome,
    "netting",
  );
  if (after !== null) subscription?.copied.set(position, after);
  account.nets.clear();
  for (const { id: positionId, symbol, side, volume } of broker.snapshot("one").positions) {
    account.nets.set(symbol, { positionId, side, volume });
  }
}

const signed = (side: Side, volume: Fixed): Fixed => (side === "buy" ? volume : -volume);

const copiesOf = (subscriptions: readonly Subscription[]): Fixed =>
  subscriptions
    .flatMap(({ copied }) => [...copied.values()])
    .reduce((sum, one) => sum + signed(one.side, heldOf(one)), 0n);

const netOf = (account: AccountState): Fixed =>
  [...account.nets.values()].reduce((sum, { side, volume }) => sum + signed(side, volume), 0n);

test("after every order the sum over all copies is the account's one position", () => {
  fc.assert(
    fc.property(moves, (list) => {
      const made = bench();
      for (const move of list) {
        const subscription = made.subscriptions.find(
          (one) => one.subscriptionId === move.subscription,
        );
        const instruction = subscription === undefined ? null : instructionOf(subscription, move);
        if (instruction === null) continue;
        send(made, instruction);
        expect(copiesOf(made.subscriptions)).toBe(netOf(made.account));
      }
    }),
  );
});
