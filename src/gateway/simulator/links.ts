/**
 * Which accounts are connected, and what they miss while they are not.
 * Invariant: an event that could not be delivered is followed, once the link is up, by `gap`.
 */

import type { AccountRef } from "../../domain/account.ts";
import { LockstepError } from "../../domain/errors.ts";
import type { Timers } from "../../platform/clock.ts";
import { integerBetween, type Random } from "../../platform/random.ts";
import type { GatewayEvent } from "../gateway.ts";
import type { BrokerEvent } from "./model.ts";

export type Link = {
  readonly account: AccountRef;
  up: boolean;
  missed: boolean;
  /** Counts the times it went down: an answer of an earlier connection is lost. */
  breaks: number;
  /** Orders without an answer yet. */
  inFlight: number;
};

export class Links {
  readonly #byLogin = new Map<string, Link>();

  add(account: AccountRef): void {
    const link = { account, up: true, missed: false, breaks: 0, inFlight: 0 };
    if (!this.#byLogin.has(account.login)) this.#byLogin.set(account.login, link);
  }

  all(): Iterable<Link> {
    return this.#byLogin.values();
  }

  find(login: string): Link | undefined {
    return this.#byLogin.get(login);
  }

  /** Throws UNKNOWN_ACCOUNT. */
  get(account: AccountRef): Link {
    const link = this.#byLogin.get(account.login);
    if (link === undefined) throw new LockstepError("UNKNOWN_ACCOUNT", { login: account.login });
    return link;
  }

  /** Throws UNKNOWN_ACCOUNT, and GATEWAY_DOWN where the account is not connected. */
  connected(account: AccountRef): Link {
    const link = this.get(account);
    if (!link.up) throw new LockstepError("GATEWAY_DOWN", { login: account.login });
    return link;
  }

  /** Gives what is to be told of the change. */
  set(account: AccountRef, up: boolean): GatewayEvent[] {
    const link = this.get(account);
    if (link.up === up) return [];
    link.up = up;
    if (!up) link.breaks += 1;
    const events: GatewayEvent[] = [{ type: "link", account: link.account, up }];
    if (up && link.missed) events.push({ type: "gap", account: link.account });
    link.missed = false;
    return events;
  }

  /** The broker's event as the hub sees it; null where it does not reach the hub. */
  deliver(event: BrokerEvent, brokerId: string): GatewayEvent | null {
    if (event.type === "quote") return { type: "quote", brokerId, quote: event.quote };
    const link = this.#byLogin.get(event.login);
    if (link === undefined) return null;
    const { account } = link;
    if (!link.up) {
      if (event.type === "event") link.missed = true;
      return null;
    }
    if (event.type === "figures") return { type: "figures", account, figures: event.figures };
    const { sequence, at } = event;
    return { type: "event", account, sequence, at, event: event.event };
  }
}

export type Disconnects = {
  readonly random: Random;
  readonly upMs: { readonly min: number; readonly max: number };
  readonly downMs: { readonly min: number; readonly max: number };
};

/** Breaks and mends one account's link by turns until the signal aborts. */
export async function breakLink(
  setLink: (up: boolean) => void,
  disconnects: Disconnects,
  timers: Timers,
  signal: AbortSignal,
): Promise<void> {
  const { random, upMs, downMs } = disconnects;
  for (let up = false; !signal.aborted; up = !up) {
    const range = up ? downMs : upMs;
    await rest(timers, integerBetween(random, range.min, range.max), signal);
    if (!signal.aborted) setLink(up);
  }
}

/** Sleeps; an abort ends the sleep early and is no error. */
export async function rest(timers: Timers, ms: number, signal: AbortSignal): Promise<void> {
  try {
    await timers.sleep(ms, signal);
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}
