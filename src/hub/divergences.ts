/**
 * Looks after the divergences of the accounts that are owned here: reckons what they are worth and the
 * way back, does what people asked for in other processes, and what a policy does by itself.
 * Invariants: a request is answered once, by the owner of the account; what was looked at is what is
 * done, or nothing; by itself nothing is tried more often than once a minute.
 */
import { errorWords } from "../domain/errors.ts";
import type { CopiedPosition } from "../follower/decision.ts";
import type { Answer, DivergenceRequest, Valued } from "../reconcile/desk/store.ts";
import type { Divergence } from "../reconcile/divergence.ts";
import { DEFAULT_POLICY, type Policy, realignsItself } from "../reconcile/policy.ts";
import type { Proposal } from "../reconcile/proposal.ts";
import { NOTHING_TRIED } from "../reconcile/tries.ts";
import { adopt } from "./adopt.ts";
import type { Hub } from "./hub.ts";
import { type Books, type Known, proposalFor, realign, settleHoldings } from "./realigner.ts";

const VALUED_AT_ONCE = 100;
const VALUED_EVERY_MS = 2_000;
const TRIED_EVERY_MS = 60_000;
/** So long a busy account is waited for, and a request that nobody took is still what was meant. */
const BUSY_MS = 60_000;
const REQUEST_MS = 600_000;

export class DivergenceWatch {
  readonly #hub: Hub;
  readonly #policies = new Map<string, ReadonlyMap<string, Policy>>();
  readonly #valuedAt = new Map<string, { readonly at: number; readonly text: string }>();
  readonly #triedAt = new Map<string, number>();

  #turns: Promise<void> = Promise.resolve();

  constructor(hub: Hub) {
    this.#hub = hub;
  }

  policyOf(tenantId: string, subscriptionId: string | null): Policy {
    return this.#policies.get(tenantId)?.get(subscriptionId ?? "") ?? DEFAULT_POLICY;
  }

  /** One at a time, so that a request is done and answered before anybody reads it again. */
  sweep(tenantId: string): Promise<void> {
    const turn = this.#turns.then(() => this.#sweep(tenantId));
    this.#turns = turn.catch(() => {});
    return turn;
  }

  async #sweep(tenantId: string): Promise<void> {
    const { deps } = this.#hub;
    this.#policies.set(tenantId, await deps.stores.desk.policies(tenantId));
    await this.#answerRequests(tenantId);
    await this.#reckon(tenantId);
  }

  #own(tenantId: string): readonly Divergence[] {
    const { accounts, reconciler } = this.#hub;
    // Of an account that has no gateway here nothing can be reckoned.
    return reconciler.open.all.filter(
      (one) => one.tenantId === tenantId && accounts.has(one.accountId),
    );
  }

  async #answerRequests(tenantId: string): Promise<void> {
    const { stores, leases } = this.#hub.deps;
    const requests = await stores.desk.requests(tenantId, leases.partitions);
    for (const request of requests) {
      const answer = await this.#do(tenantId, request).catch((error: unknown) => {
        this.#hub.fault(error, `doing what was asked for divergence ${request.divergenceId}`);
        return { isDone: false, words: errorWords(error) };
      });
      if (answer !== null) await stores.desk.answer(tenantId, request.requestId, answer);
    }
  }

  /** Null where it is left for the next sweep. */
  async #do(tenantId: string, request: DivergenceRequest): Promise<Answer | null> {
    const { reconciler, deps } = this.#hub;
    const divergence = reconciler.open.find(request.divergenceId);
    if (divergence === undefined || divergence.tenantId !== tenantId) {
      return { isDone: false, words: "it is not open any more" };
    }
    if (request.ageMs > REQUEST_MS) {
      return { isDone: false, words: "nobody served its account in time: ask again" };
    }
    const { id } = divergence;
    switch (request.action) {
      case "realign":
        return this.#realigned(request);
      case "accept":
        settleHoldings(this.#hub, divergence);
        reconciler.open.end((one) => one.id === id, "accepted");
        return { isDone: true, words: "accepted as it is" };
      case "ignore": {
        const until = request.until ?? deps.clock.now();
        await deps.stores.desk.ignore(tenantId, id, until);
        reconciler.open.ignore(id, until);
        return { isDone: true, words: `ignored until ${new Date(until).toISOString()}` };
      }
      case "detach":
        return this.#detach(divergence);
      case "adopt":
        return adopt(this.#hub, divergence);
    }
  }

  async #realigned({ divergenceId, digest, ageMs }: DivergenceRequest): Promise<Answer | null> {
    const done = await realign(this.#hub, divergenceId, digest);
    if (done.done) {
      const keys = done.instructions.map(({ key }) => key).join(", ");
      return { isDone: true, words: `on its way as ${keys}` };
    }
    return done.isBusy && ageMs < BUSY_MS ? null : { isDone: false, words: done.why };
  }

  /** The copy is the follower's own from now on: no close of the master's touches it. */
  #detach(divergence: Divergence): Answer {
    const { reconciler, followers, lanes } = this.#hub;
    const subscription = followers.subscriptions.get(divergence.subscriptionId ?? "");
    const copied = subscription?.copied.get(divergence.position);
    if (subscription === undefined || copied === undefined) {
      return { isDone: false, words: "there is no copy to detach" };
    }
    const detached: CopiedPosition = { ...copied, state: "detached" };
    subscription.copied.set(copied.position, detached);
    lanes.changed(subscription.account, [detached]);
    reconciler.open.end((one) => one.id === divergence.id, "detached");
    return { isDone: true, words: "detached: it is the follower's own from now on" };
  }

  /** Those that were not reckoned for the longest first. */
  async #reckon(tenantId: string): Promise<void> {
    const now = this.#hub.deps.monotonicMs();
    const open = this.#own(tenantId);
    this.#forget(new Set(this.#hub.reconciler.open.all.map(({ id }) => id)));
    const since = (one: Divergence): number => this.#valuedAt.get(one.id)?.at ?? 0;
    const due = open
      .filter((one) => now - since(one) >= VALUED_EVERY_MS || !this.#valuedAt.has(one.id))
      .sort((a, b) => since(a) - since(b))
      .slice(0, VALUED_AT_ONCE);
    if (due.length === 0) return;
    const books: Books = new Map();
    const valued: Valued[] = [];
    const { stores, clock } = this.#hub.deps;
    const tried = await stores.desk.tries(
      tenantId,
      due.map(({ id }) => id),
    );
    for (const divergence of due) {
      const known = { tries: tried.get(divergence.id) ?? NOTHING_TRIED, books };
      try {
        const proposal = await this.#reckonOne(divergence, known);
        if (proposal !== null) valued.push({ divergenceId: divergence.id, proposal });
      } catch (error) {
        this.#hub.fault(error, `reckoning divergence ${divergence.id}`);
      }
    }
    if (valued.length === 0) return;
    const written = await stores.desk.value(tenantId, valued, clock.now());
    // Its row may be on its way still: it is reckoned again at the next turn.
    for (const { divergenceId } of valued) {
      if (!written.has(divergenceId)) this.#valuedAt.delete(divergenceId);
    }
  }

  /** Null where nothing about it is new. */
  async #reckonOne(divergence: Divergence, known: Known): Promise<Proposal | null> {
    const { id } = divergence;
    if (known.tries.isDone) {
      // Its process died before it could say so.
      this.#hub.reconciler.open.end((one) => one.id === id, "realigned");
      return null;
    }
    const proposal = await proposalFor(this.#hub, divergence, known);
    const text = JSON.stringify(proposal, (_, value) =>
      typeof value === "bigint" ? `${value}` : value,
    );
    const isNew = this.#valuedAt.get(id)?.text !== text;
    this.#valuedAt.set(id, { at: performance.now(), text });
    await this.#byItself(divergence, proposal);
    return isNew ? proposal : null;
  }

  async #byItself(divergence: Divergence, proposal: Proposal): Promise<void> {
    const policy = this.policyOf(divergence.tenantId, divergence.subscriptionId);
    const now = this.#hub.deps.clock.now();
    if (!realignsItself(policy, divergence, { proposal, now })) return;
    if (now - (this.#triedAt.get(divergence.id) ?? 0) < TRIED_EVERY_MS) return;
    const done = await realign(this.#hub, divergence.id);
    if (done.done || !done.isBusy) this.#triedAt.set(divergence.id, now);
  }

  #forget(open: ReadonlySet<string>): void {
    for (const id of this.#valuedAt.keys()) if (!open.has(id)) this.#valuedAt.delete(id);
    for (const id of this.#triedAt.keys()) if (!open.has(id)) this.#triedAt.delete(id);
  }
}
