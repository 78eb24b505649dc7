/**
 * All accounts that terminals speak for, and where what they say goes: to the gateway of their
 * broker. The newest epoch of an account wins; the older terminal and the newer one both hear it.
 */
import type { AccountRef } from "../../domain/account.ts";
import { LockstepError } from "../../domain/errors.ts";
import type { GatewayEvent } from "../gateway.ts";
import { ClockOffset } from "./clock-offset.ts";
import type { Carrier } from "./conversation.ts";
import type { Device, DeviceStore } from "./devices.ts";
import type { Proven } from "./handshake.ts";
import { hubMac } from "./proofs.ts";
import { Refusal, refusedLine } from "./refusals.ts";
import { Seat } from "./seat.ts";
import { Session, type SessionLimits } from "./session.ts";

export type Sink = (event: GatewayEvent) => void;

/** The far end of a session, whatever carries it. */
export type Transport = {
  readonly carrier: Carrier;
  write(line: string): void;
  /** After a last line. */
  end(line: string): void;
};

export type TerminalsDeps = SessionLimits & {
  readonly store: DeviceStore;
  now(): number;
  fault(error: unknown, doing: string): void;
};

export class Terminals {
  readonly #deps: TerminalsDeps;
  readonly #seats = new Map<string, Seat>();
  readonly #sinks = new Map<string, Sink>();
  readonly #transports = new Map<Session, Transport>();

  constructor(deps: TerminalsDeps) {
    this.#deps = deps;
  }

  get connected(): number {
    return this.#transports.size;
  }

  /** From now on `sink` hears of the broker's accounts; first, which of them are connected. */
  listen(brokerId: string, sink: Sink): () => void {
    this.#sinks.set(brokerId, sink);
    for (const seat of this.of(brokerId)) {
      sink({ type: "link", account: seat.account, up: seat.session !== null });
    }
    return () => {
      if (this.#sinks.get(brokerId) === sink) this.#sinks.delete(brokerId);
    };
  }

  *of(brokerId: string): Iterable<Seat> {
    for (const seat of this.#seats.values()) {
      if (seat.account.brokerId === brokerId) yield seat;
    }
  }

  seat(account: AccountRef): Seat | undefined {
    return this.#seats.get(account.accountId);
  }

  /** The session that speaks for the account. Throws GATEWAY_DOWN. */
  session(account: AccountRef): { readonly seat: Seat; readonly session: Session } {
    const seat = this.#seats.get(account.accountId);
    if (seat?.session == null) throw new LockstepError("GATEWAY_DOWN", { login: account.login });
    return { seat, session: seat.session };
  }

  /** Begins a session: the terminal is welcomed, then the hub is told. Throws EPOCH_OLD. */
  enter(proven: Proven, transport: Transport): Session {
    const { device, hello } = proven;
    const seat = this.#seats.get(device.account.accountId) ?? new Seat(proven);
    const old = seat.session;
    const { replaced, gap } = seat.claim(proven);
    this.#seats.set(device.account.accountId, seat);
    if (old !== null) this.#putOff(old, seat, replaced);
    const session = new Session({
      ...this.#deps,
      proven,
      seat,
      offset: new ClockOffset(),
      write: (line) => transport.write(line),
      tell: (event) => this.#tell(seat, event),
    });
    seat.session = session;
    this.#transports.set(session, transport);
    transport.write(this.#welcome(proven, { seat, replaced }));
    this.#tell(seat, { type: "link", account: seat.account, up: true });
    if (gap) this.#tell(seat, { type: "gap", account: seat.account });
    this.#deps.store.ran(device, hello.epoch, hello.run).catch((error: unknown) => {
      this.#deps.fault(error, "recording a terminal's epoch");
    });
    return session;
  }

  /** The connection has gone, or is to go. Safe to call twice. */
  leave(session: Session, account: AccountRef): void {
    if (!this.#transports.delete(session)) return;
    session.close();
    const seat = this.#seats.get(account.accountId);
    if (seat === undefined || seat.session !== session) return;
    seat.session = null;
    this.#tell(seat, { type: "link", account, up: false });
  }

  /** The devices that are connected now. */
  get devices(): readonly Device[] {
    return [...this.#transports.keys()].map((session) => session.device);
  }

  /** Sends those away whose accounts are served elsewhere by now. */
  async redirect(
    elsewhere: (account: AccountRef, carrier: Carrier) => Promise<string | null>,
  ): Promise<void> {
    for (const [session, transport] of [...this.#transports]) {
      const { account } = session.device;
      const line = await elsewhere(account, transport.carrier);
      if (line === null || !this.#transports.has(session)) continue;
      this.leave(session, account);
      transport.end(line);
    }
  }

  /** Ends the sessions of these devices; each hears why. */
  refuse(devices: ReadonlySet<string>, refusal: Refusal): void {
    for (const [session, transport] of this.#transports) {
      if (!devices.has(session.device.id)) continue;
      this.leave(session, session.device.account);
      transport.end(refusedLine(refusal));
    }
  }

  #putOff(old: Session, seat: Seat, replaced: boolean): void {
    const transport = this.#transports.get(old);
    this.leave(old, seat.account);
    // The same run that comes back needs no word: its old connection is dead at its end.
    transport?.end(replaced ? refusedLine(new Refusal("REPLACED")) : "");
  }

  #welcome(proven: Proven, { seat, replaced }: { seat: Seat; replaced: boolean }): string {
    const { device, hello, challenge } = proven;
    const line = {
      t: "welcome",
      mac: hubMac(device.key, device.id, hello, challenge).toString("hex"),
      device: device.id,
      epoch: hello.epoch,
      seq: seat.heard,
      replaced: replaced ? 1 : 0,
      heartbeat: this.#deps.heartbeatMs,
      inflight: 1,
      hub: this.#deps.now(),
    };
    return `${JSON.stringify(line)}\n`;
  }

  #tell(seat: Seat, event: GatewayEvent): void {
    this.#sinks.get(seat.account.brokerId)?.(event);
  }
}
