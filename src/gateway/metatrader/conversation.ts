/**
 * A connection from its first line on, whatever carries it: handshake, admission, session.
 * Invariants: a refusal ends this connection and touches no other; before the welcome only hello
 * and proof are read, one at a time and few bytes; nothing thrown here escapes.
 */
import type { AccountRef } from "../../domain/account.ts";
import type { Admission } from "./admission.ts";
import { Handshake, type HandshakeDeps, type Proven } from "./handshake.ts";
import { sessionKey } from "./proofs.ts";
import { Refusal, refusedLine } from "./refusals.ts";
import type { Session } from "./session.ts";
import type { Terminals, Transport } from "./terminals.ts";
import { readLine } from "./wire.ts";

export type Carrier = "tcp" | "http";
/** Another bridge. */
export type Elsewhere = { readonly host: string; readonly port: number; readonly tls: boolean };

export type ConversationDeps = HandshakeDeps & {
  readonly terminals: Terminals;
  readonly admission: Admission;
  /** Where an account is served, if not here; absent: always here. */
  elsewhere?(account: AccountRef, carrier: Carrier): Promise<Elsewhere | null>;
  /** Whether the account has something to close, or is one that others follow; absent: none. */
  urgent?(account: AccountRef): boolean;
  refused(refusal: Refusal): void;
  fault(error: unknown, doing: string): void;
};

const EARLY_BYTES_MAX = 4_096;
/** From the connection to the welcome, waiting for admission not counted. */
const EARLY_MS_MAX = 15_000;

export class Conversation {
  readonly #deps: ConversationDeps;
  readonly #transport: Transport;
  readonly #handshake: Handshake;
  readonly #since: number;
  #early = 0;
  #busy: Promise<void> | null = null;
  #session: Session | null = null;
  #proven: Proven | null = null;
  #ended = false;

  constructor(deps: ConversationDeps, transport: Transport) {
    this.#deps = deps;
    this.#transport = transport;
    this.#handshake = new Handshake(deps);
    this.#since = deps.clock.now();
  }

  get ended(): boolean {
    return this.#ended;
  }

  get isLive(): boolean {
    return this.#session !== null && !this.#ended;
  }

  /** The session's name, once there is a challenge. */
  get name(): string | null {
    return this.#handshake.session;
  }

  /** For posts and replies; null before the welcome. */
  get key(): Buffer | null {
    if (this.#proven === null) return null;
    const { device, hello, challenge } = this.#proven;
    return sessionKey(device.key, hello.nonce, challenge);
  }

  /** Reads one line; resolves at once but in the handshake. */
  receive(line: string): Promise<void> {
    if (this.#ended) return Promise.resolve();
    if (this.#session !== null) {
      this.#guard(() => this.#session?.receive(readLine(line)));
      return Promise.resolve();
    }
    return this.#earlyLine(line);
  }

  async #earlyLine(line: string): Promise<void> {
    try {
      if (this.#busy !== null) throw new Refusal("WRONG_STATE", "not before the answer");
      this.#early += line.length + 1;
      if (this.#early > EARLY_BYTES_MAX) throw new Refusal("LINE_TOO_LONG");
      const message = readLine(line);
      this.#busy = this.#handshake.session === null ? this.#hello(message) : this.#proof(message);
      await this.#busy;
    } catch (error) {
      this.#end(error);
    } finally {
      this.#busy = null;
    }
  }

  async #hello(message: ReturnType<typeof readLine>): Promise<void> {
    const challenge = await this.#handshake.hello(message);
    if (this.#ended) return;
    const line = { t: "challenge", ...challenge, hub: this.#deps.clock.now() };
    this.#transport.write(`${JSON.stringify(line)}\n`);
  }

  async #proof(message: ReturnType<typeof readLine>): Promise<void> {
    const proven = await this.#handshake.proof(message);
    if (this.#ended) return;
    this.#proven = proven;
    const elsewhere = await this.#elsewhere(proven.device.account);
    if (elsewhere !== null) return this.#redirect(elsewhere);
    await this.#deps.admission.turn(this.#deps.urgent?.(proven.device.account) ?? false);
    if (!this.#ended) this.#session = this.#deps.terminals.enter(proven, this.#transport);
  }

  /** While it cannot be told, an account is served here. */
  async #elsewhere(account: AccountRef): Promise<Elsewhere | null> {
    try {
      return (await this.#deps.elsewhere?.(account, this.#transport.carrier)) ?? null;
    } catch (error) {
      this.#deps.fault(error, "looking where an account is served");
      return null;
    }
  }

  #redirect(elsewhere: Elsewhere): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#transport.end(redirectLine(elsewhere));
  }

  /** Heartbeats and time limits; `pings` where the carrier needs them. */
  tick(now: number, pings: boolean): void {
    this.#guard(() => {
      if (this.#session !== null) this.#session.tick(now, pings);
      else if (this.#proven === null && now - this.#since > EARLY_MS_MAX) {
        throw new Refusal("PROOF_LATE");
      }
    });
  }

  /** A proven sign of life without a line. */
  heard(): void {
    this.#session?.heard();
  }

  /** Ends it from the hub's side. */
  refuse(refusal: Refusal): void {
    this.#end(refusal);
  }

  /** The carrier has gone, or was ended. Safe to call twice. */
  closed(): void {
    this.#ended = true;
    if (this.#session === null || this.#proven === null) return;
    this.#deps.terminals.leave(this.#session, this.#proven.device.account);
  }

  #guard(act: () => void): void {
    try {
      act();
    } catch (error) {
      this.#end(error);
    }
  }

  #end(error: unknown): void {
    if (this.#ended) return;
    const refusal = error instanceof Refusal ? error : new Refusal("BUSY");
    if (error instanceof Refusal) this.#deps.refused(refusal);
    else this.#deps.fault(error, "serving a terminal");
    this.closed();
    this.#transport.end(refusedLine(refusal));
  }
}

export function redirectLine({ host, port, tls }: Elsewhere): string {
  return `${JSON.stringify({ t: "redirect", host, port, tls: tls ? 1 : 0 })}\n`;
}
