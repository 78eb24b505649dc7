/**
 * The bodies of posts, and the sessions that they belong to; what carries them is another's.
 * Invariants: the work of a post is done once, however often it is sent, and its answer is the same
 * each time; a post that is not proven changes nothing.
 */
import type { ConversationDeps } from "./conversation.ts";
import { HttpSession } from "./http-session.ts";
import { Refusal } from "./refusals.ts";
import { readLine } from "./wire.ts";

const SESSION_MS_MAX = 45_000;
const SESSIONS_MAX = 12_000;
/** How long an ended session still gives its last answer again. */
const ENDED_MS_MAX = 10_000;

export class Posts {
  readonly #deps: ConversationDeps;
  readonly #sessions = new Map<string, HttpSession>();

  constructor(deps: ConversationDeps) {
    this.#deps = deps;
  }

  get sessions(): number {
    return this.#sessions.size;
  }

  /** Throws a Refusal where there is no session to end. */
  async work(body: Buffer): Promise<string> {
    const end = body.indexOf(0x0a);
    const first = end < 0 ? body : body.subarray(0, end);
    const rest = end < 0 ? body.subarray(body.length) : body.subarray(end + 1);
    const message = readLine(first.toString("utf8"));
    if (message.t === "hello") {
      if (rest.length > 0) throw new Refusal("WRONG_STATE", "hello comes alone");
      return this.#hello(first.toString("utf8"));
    }
    if (message.t !== "post") throw new Refusal("WRONG_STATE", "a post begins with post");
    const session = this.#sessions.get(message.session);
    if (session === undefined) throw new Refusal("REPLAYED", "the session has ended");
    return session.post(message, rest);
  }

  tick(now: number): void {
    for (const [name, session] of this.#sessions) {
      session.conversation.tick(now, false);
      if (now - session.postedAt > SESSION_MS_MAX) session.conversation.closed();
      if (session.conversation.ended && now - session.postedAt > ENDED_MS_MAX) {
        this.#sessions.delete(name);
      }
    }
  }

  refuse(refusal: Refusal): void {
    for (const { conversation } of this.#sessions.values()) conversation.refuse(refusal);
  }

  async #hello(line: string): Promise<string> {
    if (this.#sessions.size >= SESSIONS_MAX) throw new Refusal("BUSY");
    const session = new HttpSession(this.#deps);
    const answer = await session.begin(line);
    const { name } = session.conversation;
    if (name !== null && !session.conversation.ended) this.#sessions.set(name, session);
    return answer;
  }
}
