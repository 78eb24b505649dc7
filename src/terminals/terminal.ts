/**
 * A simulated terminal: one account at a simulated broker, speaking the terminal protocol over a
 * real socket as an Expert Advisor does. Events that cannot be sent only raise the number.
 */

import type { PositionMode } from "../domain/account.ts";
import { LockstepError } from "../domain/errors.ts";
import type { Instant } from "../domain/instant.ts";
import type { SymbolSpec } from "../domain/symbol.ts";
import type { AccountEvent } from "../gateway/gateway.ts";
import {
  deviceKey,
  hubMac,
  type PairingCode,
  sameMac,
  terminalMac,
} from "../gateway/metatrader/proofs.ts";
import { CALM, type Fate } from "../gateway/simulator/faults.ts";
import type { BrokerEvent } from "../gateway/simulator/model.ts";
import type { Clock, Timers } from "../platform/clock.ts";
import { Desk, type DeskOptions, type Said } from "./desk.ts";
import { type Do, type DownLine, readDown } from "./down.ts";
import { Link, type Target } from "./link.ts";
import {
  closedFields,
  dealFields,
  figuresFields,
  ORDER_STATES,
  paymentFields,
  pendingFields,
  positionFields,
  quoteFields,
  symbolFields,
} from "./say.ts";

/** A paired terminal's own, or the code it is to be paired with. */
export type Credentials =
  | { readonly device: string; readonly key: Buffer }
  | { readonly code: PairingCode };

export type TerminalOptions = DeskOptions & {
  readonly target: Target;
  readonly server: string;
  readonly platform: "mt4" | "mt5";
  readonly currency: string;
  readonly mode: PositionMode;
  readonly credentials: Credentials;
  readonly epoch: number;
  readonly clock: Clock;
  readonly timers: Timers;
  random(bytes: number): Buffer;
  /** What befalls each instruction; nothing unless told. */
  fate?(key: string): Fate;
  /** Told where the account is served; the next connection goes there. */
  onRedirect?(host: string, port: number): void;
  /** Told of every instruction when its line is there, before it is read. */
  onInstruction?(): void;
};

/** The hub writes the type first. */
const INSTRUCTION = '{"t":"do"';

export type Refused = Extract<DownLine, { readonly t: "refused" }>;

export class SimulatedTerminal {
  readonly #options: TerminalOptions;
  readonly #desk: Desk;
  readonly #run: string;
  readonly #watched = new Set<string>();
  #credentials: Credentials;
  #link: Link | null = null;
  #next: Target | null = null;
  #live = false;
  #number = 0;
  #hub = { at: 0, read: 0 };
  #refused: Refused | null = null;
  #settle: ((error: Error | null) => void) | null = null;
  #closed: (() => void) | null = null;
  #nonce = "";
  #session = { nonce: "", session: "" };

  constructor(options: TerminalOptions) {
    this.#options = options;
    this.#desk = new Desk(options);
    this.#credentials = options.credentials;
    this.#run = options.random(8).toString("hex");
  }

  get login(): string {
    return this.#options.login;
  }

  get isLive(): boolean {
    return this.#live;
  }

  /** It was told to go elsewhere, and has not gone yet. */
  get isSent(): boolean {
    return this.#next !== null;
  }

  /** Why the hub ended the last connection, where it said so. */
  get refused(): Refused | null {
    return this.#refused;
  }

  get credentials(): Credentials {
    return this.#credentials;
  }

  /** Resolves once it is welcomed; GATEWAY_DOWN, with the hub's code, where it is not. */
  connect(): Promise<void> {
    this.#refused = null;
    return new Promise((resolve, reject) => {
      this.#settle = (error) => (error === null ? resolve() : reject(error));
      const target = this.#next ?? this.#options.target;
      // Where nobody answers there, it comes here again.
      this.#next = null;
      const link = new Link(target, {
        line: (line) => this.#read(link, line),
        closed: () => this.#gone(link),
      });
      this.#link = link;
      this.#hello(link);
    });
  }

  /** Resolves once the connection has gone. */
  async ended(): Promise<void> {
    if (this.#link === null) return;
    await new Promise<void>((resolve) => {
      this.#closed = resolve;
    });
  }

  drop(): void {
    this.#link?.drop();
  }

  /** An event of the account, or a quote, at the broker. */
  hear(event: BrokerEvent): void {
    const { aheadMs, login } = this.#options;
    if (!this.#live) return;
    if (event.type === "quote") {
      if (!this.#watched.has(event.quote.symbol)) return;
      this.#say({ t: "quote", ...quoteFields(event.quote, aheadMs) });
      return;
    }
    if (event.login !== login) return;
    if (event.type === "figures") {
      this.#say({ t: "account", ...figuresFields(event.figures) });
      return;
    }
    const { sequence: seq, event: what } = event;
    this.#say({ t: what.type, seq, ...eventFields(what, aheadMs) });
  }

  /** The broker has changed the symbol's facts: told unasked where it is watched. */
  changed(spec: SymbolSpec): void {
    if (!this.#live || !this.#watched.has(spec.name)) return;
    this.#say({ t: "symbol", id: 0, ...symbolFields(spec) });
  }

  #hello(link: Link): void {
    const { login, server, platform, mode, currency, epoch } = this.#options;
    this.#nonce = this.#options.random(32).toString("hex");
    this.#seq = this.#desk.sequence;
    this.#fence = this.#desk.fence;
    const known = this.#credentials;
    const line = {
      ...{ t: "hello", v: 1 },
      ...("code" in known
        ? { device: "", code: known.code.id }
        : { device: known.device, code: "" }),
      ...{ login, server, platform, build: 4_000, ea: "simulated", mode, currency, leverage: 100 },
      ...{ epoch, run: this.#run, seq: this.#seq, fence: this.#fence },
      ...{ st: this.#serverNow(), nonce: this.#nonce },
    };
    link.write(JSON.stringify(line));
  }

  #seq = 0;
  #fence = 0;

  #read(link: Link, line: string): void {
    if (line.startsWith(INSTRUCTION) && link === this.#link) this.#options.onInstruction?.();
    const message = readDown(line);
    if (message === null || link !== this.#link) return;
    if ("hub" in message) this.#hub = { at: message.hub, read: this.#options.clock.now() };
    switch (message.t) {
      case "challenge":
        this.#prove(link, message);
        break;
      case "welcome":
        this.#welcomed(message);
        break;
      case "refused":
        this.#refused = message;
        break;
      case "redirect":
        this.#next = { host: message.host, port: message.port };
        this.#options.onRedirect?.(message.host, message.port);
        break;
      case "watch":
        this.#watch(message.sym, message.on === 1);
        break;
      case "ping":
        this.#say({ t: "pong", id: message.id, hub: message.hub, seq: this.#desk.sequence });
        break;
      case "do":
        void this.#execute(message, link);
        break;
      default:
        for (const said of this.#desk.answer(message)) this.#say(said);
    }
  }

  /** The standing quote is told at once. */
  #watch(symbol: string, on: boolean): void {
    const { broker, aheadMs } = this.#options;
    if (!on) this.#watched.delete(symbol);
    else if (broker.symbols.some(({ name }) => name === symbol)) {
      this.#watched.add(symbol);
      const quote = broker.quote(symbol);
      if (quote !== null) this.#say({ t: "quote", ...quoteFields(quote, aheadMs) });
    }
  }

  #prove(link: Link, challenge: { readonly nonce: string; readonly session: string }): void {
    const { nonce, session } = challenge;
    this.#session = { nonce, session };
    const { login, server } = this.#options;
    const known = this.#credentials;
    if ("code" in known) {
      const { id, secret } = known.code;
      const facts = { login, server, nonce: this.#nonce };
      this.#credentials = { device: id, key: deviceKey(secret, id, facts, challenge) };
    }
    const { key, device } = this.#paired();
    const mac = terminalMac(key, device, this.#facts(), this.#session);
    link.write(JSON.stringify({ t: "proof", mac: mac.toString("hex") }));
  }

  /** The hub proves itself too. */
  #welcomed({ mac }: { readonly mac: string }): void {
    const { key, device } = this.#paired();
    if (!sameMac(hubMac(key, device, this.#facts(), this.#session), mac)) {
      this.#link?.drop();
      return;
    }
    this.#live = true;
    this.#number = 0;
    this.#watched.clear();
    this.#settle?.(null);
    this.#settle = null;
  }

  #paired(): { readonly device: string; readonly key: Buffer } {
    if ("code" in this.#credentials) throw new TypeError("not paired yet");
    return this.#credentials;
  }

  #facts() {
    const { login, server, platform, mode, currency, epoch } = this.#options;
    const facts = { login, server, platform, mode, currency, epoch, run: this.#run };
    const rest = { seq: this.#seq, fence: this.#fence, nonce: this.#nonce };
    const unproven = { t: "hello" as const, v: 1, device: "", code: "", build: 0, ea: "" };
    return { ...unproven, ...facts, ...rest, leverage: 100, st: 0 };
  }

  async #execute(one: Do, link: Link): Promise<void> {
    const fate = this.#options.fate?.(one.key) ?? CALM;
    const { timers, clock } = this.#options;
    if (fate.requestMs > 0) await timers.sleep(fate.requestMs);
    if (fate.lost === "request") return;
    const now = clock.now();
    const said = this.#desk.trade(one, this.#hub.at + (now - this.#hub.read), now, fate);
    if (fate.replyMs > 0) await timers.sleep(fate.replyMs);
    if (fate.lost !== "reply" && link === this.#link) this.#say(said);
  }

  #say(said: Said): void {
    if (!this.#live) return;
    this.#number += 1;
    const { t, ...rest } = said;
    this.#link?.write(JSON.stringify({ t, n: this.#number, st: this.#serverNow(), ...rest }));
  }

  #gone(link: Link): void {
    if (link !== this.#link) return;
    this.#link = null;
    this.#live = false;
    const { login } = this.#options;
    this.#settle?.(
      new LockstepError("GATEWAY_DOWN", { login, code: this.#refused?.code ?? "none" }),
    );
    this.#settle = null;
    this.#closed?.();
    this.#closed = null;
  }

  #serverNow(): Instant {
    return this.#options.clock.now() + this.#options.aheadMs;
  }
}

function eventFields(
  event: AccountEvent,
  aheadMs: number,
): Readonly<Record<string, string | number>> {
  if (event.type === "cash") {
    const { movement, after } = event;
    return { id: movement.id, ...paymentFields(movement, aheadMs), ...figuresFields(after) };
  }
  const figures = figuresFields(event.before);
  if (event.type === "order") {
    const state = ORDER_STATES[event.change];
    return { ...pendingFields(event.order, aheadMs), state, ...figures };
  }
  if (event.type === "position") return { ...positionFields(event.position, aheadMs), ...figures };
  const { deal, position } = event;
  const after = position === null ? closedFields(deal, aheadMs) : positionFields(position, aheadMs);
  return { ...dealFields(deal, aheadMs), ...after, ...figures };
}
