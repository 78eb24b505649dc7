/**
 * From hello to a proven terminal. Nothing it says is believed before its proof, and a pairing code
 * is used up only by a terminal that knows its secret.
 */
import { isLockstepError } from "../../domain/errors.ts";
import type { Instant } from "../../domain/instant.ts";
import type { Clock } from "../../platform/clock.ts";
import type { Device, DeviceStore, Offer } from "./devices.ts";
import { type Challenge, deviceKey, type Hello, sameMac, terminalMac } from "./proofs.ts";
import { Refusal } from "./refusals.ts";
import type { AnyUp } from "./wire.ts";

export const PROTOCOL_VERSION = 1;
/** From the challenge to the proof. */
const PROOF_MS_MAX = 10_000;
const NONCE_BYTES = 32;
const SESSION_BYTES = 8;

export type HandshakeDeps = {
  readonly store: DeviceStore;
  readonly clock: Clock;
  /** Unpredictable bytes. */
  random(bytes: number): Buffer;
};

export type Proven = {
  readonly hello: Hello;
  readonly device: Device;
  readonly challenge: Challenge;
  /** When its hello came: what it says of the server's clock was true then. */
  readonly heardAt: Instant;
};

type Waiting = {
  readonly heardAt: Instant;
  readonly hello: Hello;
  readonly challenge: Challenge;
  readonly known: Device | Offer;
  readonly since: number;
};

export class Handshake {
  readonly #deps: HandshakeDeps;
  #waiting: Waiting | null = null;

  constructor(deps: HandshakeDeps) {
    this.#deps = deps;
  }

  get session(): string | null {
    return this.#waiting?.challenge.session ?? null;
  }

  /** What to answer a hello with. Throws a Refusal. */
  async hello(message: AnyUp): Promise<Challenge> {
    if (message.t !== "hello" || this.#waiting !== null) throw new Refusal("WRONG_STATE");
    const heardAt = this.#deps.clock.now();
    if (message.v !== PROTOCOL_VERSION) throw new Refusal("VERSION", `${PROTOCOL_VERSION} is`);
    if ((message.device === "") === (message.code === "")) {
      throw new Refusal("BAD_FIELD", "device or code must be given, and not both");
    }
    const known = await this.#known(message);
    refuseOther(known, message);
    const { random, clock } = this.#deps;
    const nonce = random(NONCE_BYTES).toString("hex");
    const challenge = { nonce, session: random(SESSION_BYTES).toString("hex") };
    this.#waiting = { heardAt, hello: message, challenge, known, since: clock.now() };
    return challenge;
  }

  /** Throws a Refusal; what it returns is proven, and paired where it came with a code. */
  async proof(message: AnyUp): Promise<Proven> {
    const waiting = this.#waiting;
    if (message.t !== "proof" || waiting === null) throw new Refusal("WRONG_STATE");
    const { heardAt, hello, challenge, known, since } = waiting;
    const now = this.#deps.clock.now();
    if (now - since > PROOF_MS_MAX) throw new Refusal("PROOF_LATE");
    const key = "secret" in known ? deviceKey(known.secret, known.id, hello, challenge) : known.key;
    if (!sameMac(terminalMac(key, known.id, hello, challenge), message.mac)) {
      throw new Refusal("BAD_PROOF");
    }
    const device = "secret" in known ? await this.#pair(known, hello, key) : known;
    return { hello, device, challenge, heardAt };
  }

  async #known(hello: Hello): Promise<Device | Offer> {
    const { store, clock } = this.#deps;
    if (hello.device !== "") {
      const device = await asked(store.device(hello.device));
      if (device === null) throw new Refusal("UNKNOWN_DEVICE");
      if (device.revoked) throw new Refusal("DEVICE_REVOKED");
      return device;
    }
    const offer = await asked(store.offer(hello.code));
    if (offer === null) throw new Refusal("CODE_UNKNOWN");
    if (offer.expiresAt < clock.now()) throw new Refusal("CODE_EXPIRED");
    return offer;
  }

  async #pair(offer: Offer, hello: Hello, key: Buffer): Promise<Device> {
    const { id, account, mode } = offer;
    const { server, platform } = hello;
    const at = this.#deps.clock.now();
    const paired = await asked(this.#deps.store.pair({ id, account, server, key, platform, at }));
    if (!paired) throw new Refusal("CODE_UNKNOWN");
    return { id, account, mode, server, key, revoked: false, epoch: 0, run: "" };
  }
}

function refuseOther(known: Device | Offer, hello: Hello): void {
  const { account, mode } = known;
  if (account.login !== hello.login) throw new Refusal("WRONG_ACCOUNT", "another login");
  if (mode !== hello.mode) throw new Refusal("WRONG_ACCOUNT", `the account is ${mode}`);
  if ("server" in known && known.server !== hello.server) {
    throw new Refusal("WRONG_ACCOUNT", "another server");
  }
}

/** While the database is away the terminal is not unknown: it comes back later. */
async function asked<T>(answer: Promise<T>): Promise<T> {
  try {
    return await answer;
  } catch (cause) {
    if (isLockstepError(cause, "DATABASE_DOWN")) throw new Refusal("BUSY", { cause });
    throw cause;
  }
}
