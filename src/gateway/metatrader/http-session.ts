/** One terminal's session over HTTP: posts in their order, and what waits for the next answer. */
import { Conversation, type ConversationDeps } from "./conversation.ts";
import { LineReader } from "./lines.ts";
import { bodyMac, sameMac } from "./proofs.ts";
import { Refusal, refusedLine } from "./refusals.ts";
import type { Up } from "./wire.ts";

const WINDOW_MS = 60_000;
const WAITING_MAX = 262_144;

export class HttpSession {
  readonly conversation: Conversation;
  readonly #deps: ConversationDeps;
  #waiting = "";
  #last = "";
  #done = 0;
  #busy = false;
  postedAt: number;

  constructor(deps: ConversationDeps) {
    this.#deps = deps;
    this.postedAt = deps.clock.now();
    this.conversation = new Conversation(deps, {
      carrier: "http",
      write: (line) => this.#write(line),
      end: (line) => {
        this.#waiting += line;
      },
    });
  }

  async begin(line: string): Promise<string> {
    await this.conversation.receive(line);
    return this.#take();
  }

  /** The answer's text. Throws a Refusal for what is not proven to come from the terminal. */
  async post(head: Up<"post">, rest: Buffer): Promise<string> {
    // While an earlier post is still being answered the terminal does not send another.
    if (this.#busy) throw new Refusal("REPLAYED", "a post is being answered");
    this.#busy = true;
    try {
      return head.req === 0 ? await this.#proof(rest) : await this.#inSession(head, rest);
    } finally {
      this.#busy = false;
    }
  }

  async #proof(rest: Buffer): Promise<string> {
    if (this.conversation.isLive) throw new Refusal("REPLAYED", "the proof was given");
    this.postedAt = this.#deps.clock.now();
    for (const line of new LineReader().read(rest)) await this.conversation.receive(line);
    const text = this.#take();
    // The answer to a proof bears none itself, so that the terminal hears its first line only: what
    // the hub asks at once, upon the welcome, goes with the first proven answer.
    const end = text.indexOf("\n") + 1;
    this.#waiting = text.slice(end) + this.#waiting;
    return text.slice(0, end);
  }

  async #inSession(head: Up<"post">, rest: Buffer): Promise<string> {
    const { key } = this.conversation;
    if (key === null || !sameMac(bodyMac(key, "post", head, rest), head.mac)) {
      throw new Refusal("BAD_PROOF");
    }
    if (head.req === this.#done && this.#last !== "") return this.#last;
    const now = this.#deps.clock.now();
    if (head.req !== this.#done + 1) this.conversation.refuse(new Refusal("REPLAYED"));
    else if (Math.abs(now - head.hub) > WINDOW_MS) {
      this.conversation.refuse(new Refusal("OUT_OF_WINDOW"));
    }
    this.postedAt = now;
    this.conversation.heard();
    if (!this.conversation.ended) await this.#lines(rest);
    this.#done = head.req;
    this.#last = this.#reply(key, { ...head, hub: now });
    return this.#last;
  }

  async #lines(rest: Buffer): Promise<void> {
    try {
      for (const line of new LineReader().read(rest)) await this.conversation.receive(line);
    } catch (error) {
      this.conversation.refuse(error instanceof Refusal ? error : new Refusal("BAD_LINE"));
    }
    // What the hub does at once upon these lines goes into the same answer.
    await new Promise((resolve) => setImmediate(resolve));
  }

  #reply(key: Buffer, head: { session: string; req: number; hub: number }): string {
    const rest = this.#take();
    const { req, hub } = head;
    const mac = bodyMac(key, "reply", head, rest).toString("hex");
    return `${JSON.stringify({ t: "reply", req, hub, mac })}\n${rest}`;
  }

  #write(line: string): void {
    this.#waiting += line;
    if (this.#waiting.length <= WAITING_MAX) return;
    this.#waiting = refusedLine(new Refusal("SLOW_READER"));
    this.conversation.closed();
  }

  #take(): string {
    const text = this.#waiting;
    this.#waiting = "";
    return text;
  }
}
