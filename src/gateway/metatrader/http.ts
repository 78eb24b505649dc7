/**
 * The same messages over HTTP, for terminals without sockets: one post per timer pass, answered at
 * once. Invariants: the work of a post is done once, however often it is sent, and its answer is
 * the same each time; a post that is not proven changes nothing.
 */
import {
  createServer,
  type IncomingMessage,
  type RequestListener,
  type Server,
  type ServerResponse,
} from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { ConversationDeps } from "./conversation.ts";
import { HttpSession } from "./http-session.ts";
import { Refusal, refusedLine } from "./refusals.ts";
import { type Address, CONNECTIONS_MAX, listening, type Tls } from "./tcp.ts";
import { readLine } from "./wire.ts";

const PATH = "/v1/terminal";
const BODY_BYTES_MAX = 262_144;
const HEADER_BYTES_MAX = 8_192;
const REQUEST_MS_MAX = 10_000;
const SESSION_MS_MAX = 45_000;
const SESSIONS_MAX = 12_000;

export class HttpListener {
  readonly #deps: ConversationDeps;
  readonly #server: Server;
  readonly #sessions = new Map<string, HttpSession>();

  constructor(deps: ConversationDeps, tls: Tls | null) {
    this.#deps = deps;
    const options = {
      maxHeaderSize: HEADER_BYTES_MAX,
      requestTimeout: REQUEST_MS_MAX,
      headersTimeout: REQUEST_MS_MAX,
    };
    const answer: RequestListener = (request, response) => void this.#answer(request, response);
    this.#server =
      tls === null
        ? createServer(options, answer)
        : createTlsServer({ ...options, ...tls, minVersion: "TLSv1.2" }, answer);
    this.#server.maxConnections = CONNECTIONS_MAX;
  }

  listen(address: Address): Promise<number> {
    return listening(this.#server, address);
  }

  tick(now: number): void {
    for (const [name, session] of this.#sessions) {
      session.conversation.tick(now, false);
      if (now - session.postedAt > SESSION_MS_MAX) session.conversation.closed();
      if (session.conversation.ended && now - session.postedAt > REQUEST_MS_MAX) {
        this.#sessions.delete(name);
      }
    }
  }

  async close(): Promise<void> {
    for (const { conversation } of this.#sessions.values()) {
      conversation.refuse(new Refusal("STOPPING"));
    }
    await new Promise<void>((resolve) => {
      this.#server.close(() => resolve());
      this.#server.closeAllConnections();
    });
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      if (request.url !== PATH) return void plain(response, 404);
      if (request.method !== "POST") return void plain(response, 405);
      const body = await bodyOf(request);
      if (body === null) return void plain(response, 413);
      this.#send(response, await this.#work(body));
    } catch (error) {
      if (error instanceof Refusal) {
        this.#deps.refused(error);
        this.#send(response, refusedLine(error));
      } else plain(response, 400);
    }
  }

  /** Throws a Refusal where there is no session to end. */
  async #work(body: Buffer): Promise<string> {
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

  async #hello(line: string): Promise<string> {
    if (this.#sessions.size >= SESSIONS_MAX) throw new Refusal("BUSY");
    const session = new HttpSession(this.#deps);
    const answer = await session.begin(line);
    const { name } = session.conversation;
    if (name !== null && !session.conversation.ended) this.#sessions.set(name, session);
    return answer;
  }

  #send(response: ServerResponse, text: string): void {
    const body = Buffer.from(text);
    response.writeHead(200, {
      "content-type": "application/x-ndjson",
      "content-length": body.length,
      "cache-control": "no-store",
    });
    response.end(body);
  }
}

function plain(response: ServerResponse, status: number): void {
  if (response.headersSent) return;
  response.writeHead(status, { "content-length": 0, connection: "close" });
  response.end();
}

/** Null where it is longer than allowed. */
async function bodyOf(request: IncomingMessage): Promise<Buffer | null> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request) {
    length += (chunk as Buffer).length;
    if (length > BODY_BYTES_MAX) return null;
    chunks.push(chunk as Buffer);
  }
  return Buffer.concat(chunks);
}
