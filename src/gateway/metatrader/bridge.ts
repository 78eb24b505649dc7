/**
 * The bridge: listeners for terminals over TCP and HTTP, and a gateway for each broker behind it.
 * Binds where it is told, 127.0.0.1 unless told otherwise.
 */
import { randomBytes } from "node:crypto";
import type { AccountRef } from "../../domain/account.ts";
import type { Clock, Timers } from "../../platform/clock.ts";
import { Admission, type AdmissionLimits } from "./admission.ts";
import {
  type Carrier,
  type ConversationDeps,
  type Elsewhere,
  redirectLine,
} from "./conversation.ts";
import type { DeviceStore } from "./devices.ts";
import { MetaTraderGateway } from "./gateway.ts";
import { HttpListener } from "./http.ts";
import { Refusal, type RefusalCode } from "./refusals.ts";
import type { SessionLimits } from "./session.ts";
import { TcpListener, type Tls } from "./tcp.ts";
import { Terminals } from "./terminals.ts";

export type BridgeOptions = Partial<SessionLimits & AdmissionLimits> & {
  readonly store: DeviceStore;
  readonly clock: Clock;
  readonly timers: Timers;
  /** null: plain. */
  readonly tls?: Tls | null;
  /** How often time limits are looked at. */
  readonly tickMs?: number;
  random?(bytes: number): Buffer;
  /** Where an account is served, if not here; absent: always here. */
  elsewhere?(account: AccountRef, carrier: Carrier): Promise<Elsewhere | null>;
  /** Whether the account has something to close, or is one that others follow; absent: none. */
  urgent?(account: AccountRef): boolean;
  fault(error: unknown, doing: string): void;
};

export type BridgeAddress = {
  readonly host?: string;
  /** 0: any free port; null: not at all. */
  readonly port: number | null;
  readonly httpPort?: number | null;
};

const TICK_MS = 250;
const LOOK_MS = 2_000;
export const LOOPBACK = "127.0.0.1";

export class Bridge {
  readonly terminals: Terminals;
  readonly #options: BridgeOptions;
  readonly #tcp: TcpListener;
  readonly #http: HttpListener;
  readonly #stopping = new AbortController();
  readonly #refused = new Map<RefusalCode, number>();
  #looking = false;
  #listens = { tcp: false, http: false };

  constructor(options: BridgeOptions) {
    this.#options = options;
    const { store, clock, timers, fault, tls = null } = options;
    const { heartbeatMs = 15_000, answerMs = 10_000, readMs = 10_000 } = options;
    const { perSecond = 500, waitingMax = 10_000 } = options;
    const now = (): number => clock.now();
    const limits = { heartbeatMs, answerMs, readMs };
    this.terminals = new Terminals({ ...limits, store, now, fault });
    const deps: ConversationDeps = {
      store,
      clock,
      fault,
      random: options.random ?? randomBytes,
      terminals: this.terminals,
      admission: new Admission(timers, { perSecond, waitingMax }),
      refused: (refusal) => this.#count(refusal),
      ...(options.elsewhere === undefined ? {} : { elsewhere: options.elsewhere }),
      ...(options.urgent === undefined ? {} : { urgent: options.urgent }),
    };
    this.#tcp = new TcpListener(deps, tls);
    this.#http = new HttpListener(deps, tls);
  }

  /** How often each refusal was given. */
  get refused(): ReadonlyMap<RefusalCode, number> {
    return this.#refused;
  }

  get bytesWritten(): number {
    return this.#tcp.bytesWritten;
  }

  /** Gives the real ports. ADDRESS_TAKEN where an address cannot be had. */
  async listen({ host = LOOPBACK, port, httpPort = null }: BridgeAddress) {
    const tcp = port === null ? null : await this.#tcp.listen({ host, port });
    this.#listens.tcp = tcp !== null;
    const http = httpPort === null ? null : await this.#http.listen({ host, port: httpPort });
    this.#listens.http = http !== null;
    void this.#ticks();
    return { port: tcp, httpPort: http };
  }

  gateway(brokerId: string): MetaTraderGateway {
    const { clock } = this.#options;
    return new MetaTraderGateway({ brokerId, terminals: this.terminals, now: () => clock.now() });
  }

  async close(): Promise<void> {
    this.#stopping.abort();
    if (this.#listens.tcp) await this.#tcp.close();
    if (this.#listens.http) await this.#http.close();
  }

  async #ticks(): Promise<void> {
    const { clock, timers, tickMs = TICK_MS } = this.#options;
    const { signal } = this.#stopping;
    let lookAt = 0;
    while (!signal.aborted) {
      await timers.sleep(tickMs, signal).catch(() => {});
      this.#tcp.tick(clock.now());
      this.#http.tick(clock.now());
      if (clock.now() < lookAt) continue;
      lookAt = clock.now() + LOOK_MS;
      void this.#look();
    }
  }

  /** Revoked meanwhile: cut off. Served elsewhere by now: sent there. Not while it cannot be told. */
  async #look(): Promise<void> {
    const { devices } = this.terminals;
    if (devices.length === 0 || this.#looking) return;
    this.#looking = true;
    try {
      const revoked = await this.#options.store.revoked(devices);
      const refusal = new Refusal("DEVICE_REVOKED");
      for (let count = revoked.size; count > 0; count -= 1) this.#count(refusal);
      this.terminals.refuse(revoked, refusal);
      const { elsewhere } = this.#options;
      if (elsewhere === undefined) return;
      await this.terminals.redirect(async (account, carrier) => {
        const there = await elsewhere(account, carrier);
        return there === null ? null : redirectLine(there);
      });
    } catch (error) {
      this.#options.fault(error, "looking after connected terminals");
    } finally {
      this.#looking = false;
    }
  }

  #count({ code }: Refusal): void {
    this.#refused.set(code, (this.#refused.get(code) ?? 0) + 1);
  }
}
