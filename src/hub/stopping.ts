/**
 * Brings subscriptions to their end that are being stopped: closes what they hold where that was asked
 * for, and marks them as stopped once nothing is left of them.
 * Invariant: a subscription that still holds something, or is owed an answer, is not stopped.
 */
import { stands } from "../follower/mirrored.ts";
import { heldOf } from "../follower/outcome.ts";
import type { Subscription } from "../follower/state.ts";
import type { Tried } from "../risk/stop-out.ts";
import { closeCopies } from "./close-copies.ts";
import type { Hub } from "./hub.ts";

export class StopWatch {
  readonly #hub: Hub;
  readonly #tried: Tried = new WeakMap();

  constructor(hub: Hub) {
    this.#hub = hub;
  }

  async sweep(tenantId: string): Promise<void> {
    const stopping = [...this.#hub.followers.subscriptions.values()].filter(
      (one) => one.tenantId === tenantId && (one.stopping ?? null) !== null,
    );
    for (const one of stopping) {
      if (one.stopping === "close-now") {
        closeCopies(this.#hub, one, { origin: "stop", tried: this.#tried });
      }
    }
    const over = stopping.filter((one) => isOver(one));
    if (over.length === 0) return;
    const ids = over.map(({ subscriptionId }) => subscriptionId);
    await this.#hub.deps.stores.hub.stopped(tenantId, ids);
    await this.#hub.reload([...new Set(over.map(({ account }) => account.partition))]);
  }
}

function isOver({ account, subscriptionId, waiting, copied }: Subscription): boolean {
  const owes = [...account.unresolved.values()].some(
    (one) => one.subscriptionId === subscriptionId,
  );
  const holds =
    [...copied.values()].some((one) => one.state !== "detached" && heldOf(one) > 0n) ||
    [...copied.values()].some((one) => stands(one));
  return account.ready && waiting.length === 0 && !owes && !holds;
}
