/**
 * Which positions stand: of each master by its signals, of each follower an index of the copies
 * that hold something. A subscription remembers every copy it ever made, and to walk all of them
 * for each look would cost more than the look.
 * Invariant: the index only says where to look; what stands there is read from the hub's memory.
 */
import type { CopiedPosition } from "../follower/decision.ts";
import type { Subscription } from "../follower/state.ts";
import type { Signal } from "../master/signal.ts";
import { afterSignal, type Standing, standingOf } from "./positions.ts";

export class Holdings {
  readonly #masters = new Map<string, Map<string, Standing>>();
  /** Copies that may hold something, by the hub's own object: a take-over makes new ones. */
  readonly #open = new WeakMap<Subscription, Map<string, Known>>();
  /** Where something happened since the last look, by subscription. */
  readonly #touched = new Map<string, Set<string>>();

  signal(signal: Signal): void {
    let positions = this.#masters.get(signal.masterId);
    if (positions === undefined) {
      positions = new Map();
      this.#masters.set(signal.masterId, positions);
    }
    const after = afterSignal(positions.get(signal.position), signal);
    if (after === null) positions.delete(signal.position);
    else positions.set(signal.position, after);
  }

  /** Something happened to the subscription's copy of this position. */
  touch(subscriptionId: string, position: string): void {
    const touched = this.#touched.get(subscriptionId);
    if (touched === undefined) this.#touched.set(subscriptionId, new Set([position]));
    else touched.add(position);
  }

  ofMaster(masterId: string): Iterable<Standing> {
    return this.#masters.get(masterId)?.values() ?? [];
  }

  /** What the copies hold, in the order in which they were opened. */
  of(subscription: Subscription): readonly Standing[] {
    const { subscriptionId, copied } = subscription;
    const open = this.#indexOf(subscription);
    const standing: Standing[] = [];
    for (const [position, known] of open) {
      const one = copied.get(position);
      if (one !== known.copied) {
        known.copied = one;
        known.standing =
          one === undefined ? null : standingOf(one, `${subscriptionId}:${position}`);
      }
      if (known.standing === null) open.delete(position);
      else standing.push(known.standing);
    }
    return standing;
  }

  #indexOf(subscription: Subscription): Map<string, Known> {
    let open = this.#open.get(subscription);
    if (open === undefined) {
      open = new Map();
      for (const { position, holdings } of subscription.copied.values()) {
        if (holdings.length > 0) open.set(position, unseen());
      }
      this.#open.set(subscription, open);
    }
    const touched = this.#touched.get(subscription.subscriptionId);
    if (touched !== undefined) {
      for (const position of touched) if (!open.has(position)) open.set(position, unseen());
      this.#touched.delete(subscription.subscriptionId);
    }
    return open;
  }
}

/** A copy as it was at the last look, and what it then held. */
type Known = { copied: CopiedPosition | undefined; standing: Standing | null };

const unseen = (): Known => ({ copied: undefined, standing: null });
