/**
 * One account at the bridge: which terminal speaks for it, and where its events stand.
 * Invariants: at most one session speaks for an account, the one of the newest epoch; the hub sees
 * numbers without a hole, and every hole in the terminal's numbers as `gap`.
 */
import type { AccountRef, PositionMode } from "../../domain/account.ts";
import type { AccountEvent, GatewayEvent } from "../gateway.ts";
import type { Proven } from "./handshake.ts";
import { Refusal } from "./refusals.ts";
import type { Session } from "./session.ts";

export type Claim = {
  /** Another terminal was put off. */
  readonly replaced: boolean;
  /** Events were missed, or may have been. */
  readonly gap: boolean;
};

export class Seat {
  readonly account: AccountRef;
  readonly mode: PositionMode;
  session: Session | null = null;
  #epoch: number;
  #run: string;
  /** The last of the terminal's numbers, or null before the first session. */
  #heard: number | null = null;
  #told = 0;

  constructor(proven: Proven) {
    const { account, mode, epoch, run } = proven.device;
    this.account = account;
    this.mode = mode;
    this.#epoch = epoch;
    this.#run = run;
  }

  /** The number of the last event that the hub was told. */
  get sequence(): number {
    return this.#told;
  }

  /** The last of the terminal's numbers that came here. */
  get heard(): number {
    return this.#heard ?? 0;
  }

  /** Throws EPOCH_OLD. The session that spoke before has then to be ended by the caller. */
  claim({ hello }: Pick<Proven, "hello">): Claim {
    const { epoch, run, seq } = hello;
    const same = epoch === this.#epoch && (run === this.#run || this.#run === "");
    if (!same && epoch <= this.#epoch) throw new Refusal("EPOCH_OLD", { epoch: this.#epoch });
    const gap = !same || this.#heard !== seq;
    const replaced = !same && this.session !== null;
    this.#epoch = epoch;
    this.#run = run;
    this.#heard = seq;
    return { replaced, gap };
  }

  /** A numbered event: null where the terminal's numbers have a hole. Throws REPLAYED. */
  take(seq: number): { readonly sequence: number } | null {
    const { heard } = this;
    if (seq <= heard) throw new Refusal("REPLAYED", `event ${seq} came before`);
    this.#heard = seq;
    return seq === heard + 1 ? { sequence: this.#told + 1 } : null;
  }

  event(event: AccountEvent, at: number): GatewayEvent {
    this.#told += 1;
    return { type: "event", account: this.account, sequence: this.#told, at, event };
  }

  /** True where a snapshot contains events that never came. Throws REPLAYED. */
  isAhead(seq: number): boolean {
    if (seq < this.heard) throw new Refusal("REPLAYED", "a snapshot from before");
    const ahead = seq > this.heard;
    this.#heard = seq;
    return ahead;
  }
}
