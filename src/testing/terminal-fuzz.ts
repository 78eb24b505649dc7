/**
 * Hostile terminals by seed: lines of the fixtures, bent and broken, before and after the proof,
 * through the reader and the conversation in memory, and a share of them over sockets and HTTP.
 */
import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { connect } from "node:net";
import { Admission } from "../gateway/metatrader/admission.ts";
import { Conversation, type ConversationDeps } from "../gateway/metatrader/conversation.ts";
import { LineReader } from "../gateway/metatrader/lines.ts";
import { Posts } from "../gateway/metatrader/posts.ts";
import {
  bodyMac,
  type Challenge,
  type Hello,
  sessionKey,
  terminalMac,
} from "../gateway/metatrader/proofs.ts";
import { Refusal } from "../gateway/metatrader/refusals.ts";
import { Terminals } from "../gateway/metatrader/terminals.ts";
import { systemClock as clock, systemTimers as timers } from "../platform/clock.ts";
import { integerBetween, type Random } from "../platform/random.ts";
import { MemoryDevices } from "../terminals/memory-devices.ts";
import { httpHello } from "./http-terminal.ts";
import { accountRef } from "./simulated-broker.ts";

const LINES: readonly string[] = JSON.parse(readFileSync("mql/fixtures/lines.json", "utf8")).map(
  ({ line }: { readonly line: string }) => line,
);
const PIECES = [
  ...["", "\n", "\r\n", "\0", '"', "{", "}", "[", "null", "-1", "1e309", "-0", "99999999999999999"],
  ...["\\u0000", "\\ud800", "\u202e", "__proto__", "constructor", '{"t":"hello"}', " ".repeat(999)],
];

/** A few bytes that once were a line. */
export function bent(random: Random): Buffer {
  const pick = <T>(list: readonly T[]): T => list[integerBetween(random, 0, list.length - 1)] as T;
  let bytes = Buffer.from(pick(LINES));
  for (let turns = integerBetween(random, 0, 4); turns > 0; turns -= 1) {
    const at = integerBetween(random, 0, bytes.length);
    const to = integerBetween(random, at, bytes.length);
    const ways = [
      () => Buffer.concat([bytes.subarray(0, at), Buffer.from(pick(PIECES)), bytes.subarray(to)]),
      () => Buffer.concat([bytes.subarray(0, at), bytes.subarray(to)]),
      () => Buffer.concat([bytes, Buffer.from("\n"), Buffer.from(pick(LINES))]),
      () =>
        Buffer.concat([bytes.subarray(0, at), Buffer.of(integerBetween(random, 0, 255)), bytes]),
      () => Buffer.concat(Array.from({ length: integerBetween(random, 1, 40) }, () => bytes)),
    ];
    bytes = pick(ways)().subarray(0, 40_000);
  }
  return Buffer.concat([bytes, Buffer.from("\n")]);
}

export type FuzzResult = {
  readonly refused: ReadonlyMap<string, number>;
  readonly faults: readonly unknown[];
  /** Sessions that are still there though their connections have gone. */
  readonly left: number;
};

/** Inputs without sockets: lines and posts in turn, three quarters of them after a proof. */
export class Fuzz {
  readonly #random: Random;
  readonly #refused = new Map<string, number>();
  readonly #faults: unknown[] = [];
  readonly #key: Buffer;
  readonly #device: string;
  readonly #terminals: Terminals;
  readonly #deps: ConversationDeps;
  readonly #posts: Posts;
  #inputs = 0;

  constructor(random: Random) {
    this.#random = random;
    const store = new MemoryDevices();
    const { device, key } = store.paired(accountRef("fuzz"), "hedging", "Demo");
    this.#device = device;
    this.#key = key;
    const fault = (error: unknown): void => void this.#faults.push(error);
    const limits = { heartbeatMs: 15_000, answerMs: 10_000, readMs: 10_000 };
    this.#terminals = new Terminals({ ...limits, store, now: clock.now, fault });
    this.#deps = {
      ...{ store, clock, fault, random: randomBytes, terminals: this.#terminals },
      admission: new Admission(timers, { perSecond: 10_000_000, waitingMax: 10 }),
      refused: (refusal) => this.#count(refusal),
    };
    this.#posts = new Posts(this.#deps);
  }

  get result(): FuzzResult {
    const left = this.#terminals.connected + this.#posts.sessions;
    return { refused: this.#refused, faults: this.#faults, left };
  }

  async run(inputs: number): Promise<void> {
    for (let end = this.#inputs + inputs; this.#inputs < end; this.#inputs += 1) {
      if (this.#inputs % 2 === 0) await this.#lines(this.#inputs % 4 === 0);
      else await this.#post(this.#inputs % 4 === 1);
      if (this.#inputs % 1_000 === 0) this.#forget();
    }
    this.#forget();
  }

  /** As if minutes had passed: a session is told of its silence, then its answer is forgotten. */
  #forget(): void {
    for (const minutes of [1, 2]) this.#posts.tick(clock.now() + minutes * 60_000);
  }

  #count({ code }: Refusal): void {
    this.#refused.set(code, (this.#refused.get(code) ?? 0) + 1);
  }

  async #lines(proven: boolean): Promise<void> {
    const said: string[] = [];
    const transport = {
      carrier: "tcp" as const,
      write: (line: string) => said.push(line),
      end: () => {},
    };
    const conversation = new Conversation(this.#deps, transport);
    if (proven) {
      const hello = this.#hello();
      await conversation.receive(JSON.stringify(hello));
      await conversation.receive(this.#proof(hello, said[0]));
      if (!conversation.isLive) throw new Error("an honest terminal was not welcomed");
    }
    const bytes = proven ? inOrder(bent(this.#random)) : bent(this.#random);
    try {
      for (const line of new LineReader().read(bytes)) await conversation.receive(line);
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      conversation.refuse(error);
    }
    conversation.closed();
  }

  /** A proven post holds what it likes; one in eight of them is itself bent. */
  async #post(proven: boolean): Promise<void> {
    if (!proven && integerBetween(this.#random, 0, 1) === 0) {
      return this.#work(bent(this.#random));
    }
    const hello = this.#hello();
    const challenge = await this.#posts.work(Buffer.from(JSON.stringify(hello)));
    const { session } = JSON.parse(challenge) as Challenge;
    const first = { t: "post", session, req: 0, hub: clock.now(), mac: "" };
    const proof = Buffer.from(`${JSON.stringify(first)}\n${this.#proof(hello, challenge)}\n`);
    if (!proven) return this.#work(this.#bend(proof));
    await this.#work(proof);
    const key = sessionKey(this.#key, hello.nonce, JSON.parse(challenge) as Challenge);
    const rest = inOrder(bent(this.#random));
    const head = { session, req: integerBetween(this.#random, 0, 9) || 1, hub: clock.now() };
    const mac = bodyMac(key, "post", head, rest).toString("hex");
    const line = Buffer.from(`${JSON.stringify({ t: "post", ...head, mac })}\n`);
    const body = Buffer.concat([line, rest]);
    await this.#work(integerBetween(this.#random, 0, 7) === 0 ? this.#bend(body) : body);
    await this.#work(body);
  }

  async #work(body: Buffer): Promise<void> {
    try {
      await this.#posts.work(body);
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      this.#count(error);
    }
  }

  #bend(bytes: Buffer): Buffer {
    const at = integerBetween(this.#random, 0, bytes.length - 1);
    const bentOnes = Buffer.from(bytes);
    bentOnes[at] = integerBetween(this.#random, 0, 255);
    return bentOnes;
  }

  #hello(): Hello {
    return { ...httpHello(this.#device, "fuzz", this.#inputs), epoch: this.#inputs + 1 };
  }

  #proof(hello: Hello, challenge: string | undefined): string {
    const drawn = JSON.parse(challenge ?? "{}") as Challenge;
    const mac = terminalMac(this.#key, hello.device, hello, drawn).toString("hex");
    return JSON.stringify({ t: "proof", mac });
  }
}

/** Lines that count as a session's should, so that more than the first of them is read. */
function inOrder(bytes: Buffer): Buffer {
  let n = 0;
  const text = bytes.toString("latin1").replace(/"n":\d+/g, () => {
    n += 1;
    return `"n":${n}`;
  });
  return Buffer.from(text, "latin1");
}

/** One input over a socket of its own, in pieces; resolves once the bridge has closed it. */
export function overSocket(port: number, bytes: Buffer, random: Random): Promise<void> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1", () => {
      const cut = integerBetween(random, 0, bytes.length);
      socket.write(bytes.subarray(0, cut));
      setImmediate(() => socket.end(bytes.subarray(cut)));
    });
    socket.on("error", () => {});
    socket.on("close", () => resolve());
    socket.resume();
  });
}

/** A post whose request line, headers or length are bent as well. */
export function bentRequest(random: Random): Buffer {
  const body = bent(random);
  const length =
    integerBetween(random, 0, 3) === 0 ? integerBetween(random, 0, 2 ** 40) : body.length;
  const head = `POST /v1/terminal HTTP/1.1\r\nhost: hub\r\ncontent-length: ${length}\r\n`;
  const bytes = Buffer.concat([Buffer.from(`${head}connection: close\r\n\r\n`), body]);
  for (let turns = integerBetween(random, 0, 2); turns > 0; turns -= 1) {
    bytes[integerBetween(random, 0, head.length)] = integerBetween(random, 0, 255);
  }
  return bytes;
}

/** One input as a post; gives the status, or null where the connection was cut. */
export async function overHttp(port: number, bytes: Buffer): Promise<number | null> {
  const url = `http://127.0.0.1:${port}/v1/terminal`;
  const body = new Uint8Array(bytes);
  return fetch(url, { method: "POST", body }).then(
    async (answer) => {
      await answer.text();
      return answer.status;
    },
    () => null,
  );
}
