/**
 * Runs the lanes of the accounts this process owns: hands committed instructions to the gateway,
 * writes outcomes in batches, looks up what is unknown, and goes on with what is left.
 * Invariants: nothing is handed over that is not committed under the fence that still holds; an
 * instruction leaves the lane only with its terminal outcome committed; an answer counts once; what
 * can no longer be acted on under its fence is read again from the ledger, never left lying.
 */
import { LockstepError } from "../domain/errors.ts";
import type { Instant } from "../domain/instant.ts";
import { isTerminal, type Outcome } from "../domain/instruction.ts";
import type { CopiedPosition } from "../follower/decision.ts";
import type { LedgerInstruction } from "../follower/instruction.ts";
import type { AccountState } from "../follower/state.ts";
import type { Next } from "./closable.ts";
import { followUp } from "./follow-up.ts";
import {
  holdsCloses,
  type Lane,
  mayPromise,
  newLane,
  takeNext,
  takePromise,
  takeUnsentOpens,
} from "./lane.ts";
import { type LookupDeps, lookUp } from "./look-up.ts";
import { brokerOrder, needsLook, type Sender } from "./order.ts";
import type { LaneDeps } from "./ports.ts";
import { readAs } from "./read-as.ts";
import { refusedUnsent } from "./refused-unsent.ts";
import { remember } from "./remember.ts";
import { rest } from "./rest.ts";
import { bySubscription, localOutcome, SettleQueue } from "./settle.ts";
import type { OutcomeRow } from "./store.ts";
import { tryAgain } from "./try-again.ts";

/** How long an account that cannot be reached is left alone before the next try. */
const LATER_MS = 1_000;

type Arrival = { readonly instruction: LedgerInstruction; readonly outcome: Outcome };

export class LaneService {
  readonly #deps: LaneDeps;
  readonly #lanes = new Map<string, Lane>();
  readonly #numbers = new Map<string, number>();
  readonly #settling: SettleQueue<Arrival>;

  constructor(deps: LaneDeps) {
    this.#deps = deps;
    this.#settling = new SettleQueue({
      ...deps,
      isServed: ({ account, subscription }) =>
        this.#isServed(account) &&
        (subscription === undefined ||
          deps.subscription(subscription.subscriptionId) === subscription),
      committed: (arrival) => this.#committed(arrival),
    });
  }

  /** A place in the lane for an instruction that is about to be committed. */
  admit(account: AccountState): "sent" | "queued" {
    const lane = this.#lane(account);
    if (!mayPromise(lane)) return "queued";
    lane.promised += 1;
    return "sent";
  }

  /** Gives back the places of instructions whose commit failed, to whatever waits for one. */
  withdraw(instructions: readonly LedgerInstruction[]): void {
    for (const instruction of instructions) {
      const account = this.#deps.account(instruction.account.accountId);
      if (instruction.status === "sent" && account !== undefined) takePromise(this.#lane(account));
    }
    for (const { account } of instructions) this.#advance(account.accountId);
  }

  /** Takes committed instructions; those admitted go out before this returns. */
  submit(instructions: readonly LedgerInstruction[]): void {
    for (const instruction of instructions) {
      const account = this.#deps.account(instruction.account.accountId);
      if (account === undefined) continue;
      const lane = this.#lane(account);
      this.#mark(account, instruction);
      if (instruction.status === "queued") lane.queued.push(instruction);
      else {
        takePromise(lane);
        lane.inFlight.set(instruction.key, instruction);
        this.#send(account, instruction);
      }
    }
    for (const instruction of instructions) this.#advance(instruction.account.accountId);
  }

  /** Whether something is to be closed or cancelled there, or may be under way. */
  hasCloses(accountId: string): boolean {
    const lane = this.#lanes.get(accountId);
    return lane !== undefined && holdsCloses(lane);
  }

  /** A close of the master cancels the opens of its position that were never sent. */
  cancelUnsent(account: AccountState, subscriptionId: string, position: string): void {
    if (!this.#deps.protections("cancels-unsent-opens")) return;
    const lane = this.#lane(account);
    for (const instruction of takeUnsentOpens(lane, subscriptionId, position)) {
      lane.inFlight.set(instruction.key, instruction);
      this.#arrived(instruction, localOutcome("CANCELLED", this.#deps.clock.now()), null);
    }
  }

  /** Marks as unanswered; before anything is adopted, so that no signal is decided in between. */
  hold(instructions: readonly LedgerInstruction[]): void {
    for (const instruction of instructions) {
      const account = this.#deps.account(instruction.account.accountId);
      if (account !== undefined) this.#mark(account, instruction);
    }
  }

  /** Takes over what another life of the hub left: sent may be live, queued never went out. */
  adopt(instruction: LedgerInstruction, state: string, number: number): void {
    const account = this.#deps.account(instruction.account.accountId);
    if (account === undefined) return;
    const lane = this.#lane(account);
    this.#numbers.set(instruction.key, number);
    this.#mark(account, instruction);
    if (state === "queued" || !this.#deps.protections("asks-before-sending-again")) {
      lane.queued.push(instruction);
      this.#advance(account.account.accountId);
      return;
    }
    this.#becomesUnknown(account, instruction);
  }

  /** Goes on with an instruction whose outcome is in the ledger but whose follow-up is not. */
  goOn(instruction: LedgerInstruction, outcome: Outcome): void {
    const account = this.#deps.account(instruction.account.accountId);
    if (account === undefined) return;
    this.#mark(account, instruction);
    // Whether it was over nobody knows by now: then the way back of its divergence is what closes.
    if (outcome.code === "FIFO_BLOCKED") this.#over(account, instruction, outcome);
    else this.#committed({ instruction, outcome });
  }

  /** Copied positions that the follower's own side changed, to be written with what is on its way. */
  changed(account: AccountState, copied: readonly CopiedPosition[]): void {
    const fence = this.#deps.fence(account.partition);
    if (fence === null) {
      this.#deps.stale([account.partition]);
      return;
    }
    for (const [subscriptionId, list] of bySubscription(copied)) {
      const subscription = this.#deps.subscription(subscriptionId);
      const [position = "", ...beside] = list.map((one) => one.position);
      this.#settling.push({ account, subscription, position, beside, fence, outcome: null });
    }
  }

  drop(accountId: string): void {
    const lane = this.#lanes.get(accountId);
    if (lane === undefined) return;
    const keys = [...lane.inFlight.keys(), ...lane.unknown.keys()];
    for (const key of [...keys, ...lane.queued.map((one) => one.key)]) this.#numbers.delete(key);
    this.#lanes.delete(accountId);
  }

  /** Whether this very object is in memory: one that was dropped and read again is another. */
  #isServed(account: AccountState): boolean {
    return this.#deps.account(account.account.accountId) === account;
  }

  #lane(account: AccountState): Lane {
    const id = account.account.accountId;
    let lane = this.#lanes.get(id);
    if (lane === undefined) {
      const { inFlightMax } = this.#deps.gateway(account).capabilities(account.account);
      const isNetting = account.positionMode === "netting";
      lane = newLane(inFlightMax, isNetting && this.#deps.protections("one-order-a-net"));
      this.#lanes.set(id, lane);
    }
    return lane;
  }

  #mark(account: AccountState, instruction: LedgerInstruction): void {
    const { subscriptionId, position, symbol } = instruction;
    account.unresolved.set(instruction.key, { subscriptionId, position, symbol });
  }

  #advance(accountId: string): void {
    const account = this.#deps.account(accountId);
    const lane = this.#lanes.get(accountId);
    if (account === undefined || lane === undefined) return;
    const closesFirst = this.#deps.protections("closes-first");
    for (
      let next = takeNext(lane, closesFirst);
      next !== null;
      next = takeNext(lane, closesFirst)
    ) {
      this.#claim(account, next);
    }
  }

  /** A queued instruction is marked as sent in the ledger before it goes out. */
  #claim(account: AccountState, instruction: LedgerInstruction): void {
    const now = this.#deps.clock.now();
    const row: OutcomeRow = {
      ...localOutcome(null, now),
      status: "sent",
      instruction,
      number: this.#nextNumber(instruction.key),
      sentAt: now,
    };
    const early = !this.#deps.protections("claimed-before-send");
    if (early) this.#send(account, instruction);
    void this.#deps.activity.during(() =>
      this.#deps.store.settle(instruction.account.tenantId, [row], []).then(
        () => early || this.#send(account, instruction),
        (error: unknown) => this.#lost(account, instruction, error),
      ),
    );
  }

  /** The claim failed: the instruction stays queued where it is still ours. */
  #lost(account: AccountState, instruction: LedgerInstruction, error: unknown): void {
    this.#deps.fault(error, "claiming an instruction");
    if (this.#isServed(account)) this.#lane(account).inFlight.delete(instruction.key);
    // Whether the claim landed is not known, so what happens next is decided at a take-over.
    this.#deps.stale([instruction.partition]);
  }

  #send(account: AccountState, instruction: LedgerInstruction): void {
    if (!needsLook(instruction, this.#sender(account, instruction))) {
      this.#hand(account, instruction);
      return;
    }
    void this.#deps.activity
      .during(() => this.#deps.look(account))
      .then(() => this.#hand(account, instruction));
  }

  #hand(account: AccountState, instruction: LedgerInstruction): void {
    const { clock, activity, failpoints, protections } = this.#deps;
    failpoints("BEFORE_EXECUTE");
    // What was dropped meanwhile is the business of whoever has read it from the ledger since.
    if (!this.#isServed(account) && protections("served-only")) return;
    const now = clock.now();
    const { partition, fence } = instruction;
    if (protections("local-deadline") && this.#deps.fence(partition) !== fence) {
      // Too late to be sure of the lease: whoever owns the account next looks it up.
      this.#deps.stale([partition]);
      return;
    }
    const subscription = this.#deps.subscription(instruction.subscriptionId);
    const refused = refusedUnsent(instruction, { account, subscription, now, protections });
    if (refused !== null) {
      this.#arrived(instruction, localOutcome(refused, now), null);
      return;
    }
    const gateway = this.#deps.gateway(account);
    activity.begin();
    void gateway
      .execute(brokerOrder(instruction, this.#sender(account, instruction)))
      .catch((error: unknown) => this.#unsent(error, now))
      .then((outcome) => {
        failpoints("AFTER_EXECUTE");
        if (outcome === null) this.#later(account, instruction);
        else this.#arrived(instruction, readAs(outcome, protections), now);
      })
      .finally(() => activity.end());
  }

  #sender(account: AccountState, { fence }: LedgerInstruction): Sender {
    const checked = this.#deps.protections("fence-checked");
    const lane = this.#lane(account);
    return {
      account,
      underWay: [...lane.inFlight.values(), ...lane.unknown.values()],
      subscriptions: this.#deps.subscriptions(account.account.accountId),
      fence: checked ? fence : Number.MAX_SAFE_INTEGER,
    };
  }

  /** null: certainly not sent. Any other failure may have reached the broker. */
  #unsent(error: unknown, now: Instant): Outcome | null {
    if (error instanceof LockstepError && error.code === "GATEWAY_DOWN") return null;
    this.#deps.fault(error, "sending an instruction");
    return { ...localOutcome("IN_FLIGHT", now), status: "unknown" };
  }

  #later(account: AccountState, instruction: LedgerInstruction): void {
    const { activity, timers, stopping } = this.#deps;
    void activity.during(async () => {
      if (await rest(timers, LATER_MS, stopping)) this.#send(account, instruction);
    });
  }

  #arrived(instruction: LedgerInstruction, outcome: Outcome, sentAt: Instant | null): void {
    const { accountId } = instruction.account;
    const account = this.#deps.account(accountId);
    if (account === undefined) return;
    const lane = this.#lane(account);
    const wasUnknown = lane.unknown.has(instruction.key);
    if (!lane.inFlight.delete(instruction.key) && !wasUnknown) return;
    if (isTerminal(outcome.status)) {
      lane.unknown.delete(instruction.key);
      remember(instruction, outcome, this.#deps);
    } else if (wasUnknown) return;
    else this.#becomesUnknown(account, instruction);
    const number = this.#nextNumber(instruction.key);
    const { subscriptionId, position, fence } = instruction;
    this.#settling.push({
      account,
      subscription: this.#deps.subscription(subscriptionId),
      position,
      beside: [],
      fence,
      outcome: {
        row: { ...outcome, instruction, number, sentAt },
        item: { instruction, outcome },
      },
    });
    this.#advance(accountId);
  }

  #becomesUnknown(account: AccountState, instruction: LedgerInstruction): void {
    this.#lane(account).unknown.set(instruction.key, instruction);
    account.unknown.add(instruction.key);
    const gateway = this.#deps.gateway(account);
    const lookup: LookupDeps = {
      ...this.#deps,
      gateway,
      isOurs: () =>
        this.#lanes.get(account.account.accountId)?.unknown.has(instruction.key) ?? false,
    };
    void this.#deps.activity.during(async () => {
      const outcome = await lookUp(instruction, lookup);
      if (outcome !== null) this.#arrived(instruction, outcome, null);
    });
  }

  /** The outcome is in the ledger: go on with the rest, or let go. */
  #committed({ instruction, outcome }: Arrival): void {
    const account = this.#deps.account(instruction.account.accountId);
    if (account === undefined || !isTerminal(outcome.status)) return;
    account.unknown.delete(instruction.key);
    const next = followUp(instruction, outcome, this.#deps.clock.now());
    if (next.again && (instruction.kind !== "close" || this.#deps.protections("closes-go-on"))) {
      const refused = { ...instruction, ...next, code: outcome.code };
      void this.#deps.activity.during(async () => {
        if (await this.#again(account, refused)) this.#over(account, instruction, outcome);
      });
      return;
    }
    this.#over(account, instruction, outcome);
  }

  #over(account: AccountState, instruction: LedgerInstruction, outcome: Outcome): void {
    this.#numbers.delete(instruction.key);
    account.unresolved.delete(instruction.key);
    this.#deps.resolved(instruction, outcome);
  }

  /** True where nothing is tried again after all. */
  async #again(account: AccountState, instruction: LedgerInstruction & Next): Promise<boolean> {
    if (!(await rest(this.#deps.timers, instruction.afterMs, this.#deps.stopping))) return false;
    const again = await tryAgain(account, instruction, this.#deps);
    if (!this.#isServed(account)) return false;
    if (again.left !== null) this.changed(account, [again.left]);
    if (again.isBlocked) return true;
    const fence = this.#deps.fence(instruction.partition);
    if (fence === null) {
      this.#deps.stale([instruction.partition]);
      return false;
    }
    const instructions = again
      .instructions(fence)
      .map((one): LedgerInstruction => ({ ...one, status: this.admit(account) }));
    try {
      const { tenantId } = account.account;
      if (again.rows.length > 0) await this.#deps.store.settle(tenantId, [], again.rows);
      await this.#deps.store.insert(instructions);
    } catch (error) {
      this.#deps.fault(error, "writing the next attempt");
      this.withdraw(instructions);
      this.#deps.stale([instruction.partition]);
      return false;
    }
    if (!this.#isServed(account)) return false;
    account.unresolved.delete(instruction.key);
    this.#numbers.delete(instruction.key);
    this.submit(instructions);
    return false;
  }

  #nextNumber(key: string): number {
    const number = (this.#numbers.get(key) ?? 0) + 1;
    this.#numbers.set(key, number);
    return number;
  }
}
