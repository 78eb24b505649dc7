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
import { type Challenge, type Hello, terminalMac } from "../gateway/metatrader/proofs.ts";
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

/** Inputs to conversations in memory, half of them proven. */
export async function fuzzConversations(inputs: number, random: Random): Promise<FuzzResult> {
  const store = new MemoryDevices();
  const account = accountRef("fuzz");
  const { device, key } = store.paired(account, "hedging", "Demo");
  const refused = new Map<string, number>();
  const faults: unknown[] = [];
  const fault = (error: unknown): void => void faults.push(error);
  const limits = { heartbeatMs: 15_000, answerMs: 10_000, readMs: 10_000 };
  const terminals = new Terminals({ ...limits, store, now: clock.now, fault });
  const deps: ConversationDeps = {
    ...{ store, clock, fault, random: randomBytes, terminals },
    admission: new Admission(timers, { perSecond: 10_000_000, waitingMax: 10 }),
    refused: ({ code }) => refused.set(code, (refused.get(code) ?? 0) + 1),
  };
  for (let input = 0; input < inputs; input += 1) {
    const said: string[] = [];
    const transport = {
      carrier: "tcp" as const,
      write: (line: string) => said.push(line),
      end: () => {},
    };
    const conversation = new Conversation(deps, transport);
    if (input % 2 === 1) {
      const hello = { ...httpHello(device, "fuzz", input), epoch: input };
      await enter(conversation, { hello, key, said });
    }
    await feed(conversation, bent(random));
    conversation.closed();
  }
  return { refused, faults, left: terminals.connected };
}

async function enter(
  conversation: Conversation,
  { hello, key, said }: { readonly hello: Hello; readonly key: Buffer; readonly said: string[] },
): Promise<void> {
  await conversation.receive(JSON.stringify(hello));
  const challenge = JSON.parse(said[0] ?? "{}") as Challenge;
  const mac = terminalMac(key, hello.device, hello, challenge).toString("hex");
  await conversation.receive(JSON.stringify({ t: "proof", mac }));
  if (!conversation.isLive) throw new Error("an honest terminal was not welcomed");
}

async function feed(conversation: Conversation, bytes: Buffer): Promise<void> {
  try {
    for (const line of new LineReader().read(bytes)) await conversation.receive(line);
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    conversation.refuse(error);
  }
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
