/**
 * The same messages over HTTP, for terminals without sockets: one post per timer pass, answered at
 * once.
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
import { Posts } from "./posts.ts";
import { Refusal, refusedLine } from "./refusals.ts";
import { type Address, CONNECTIONS_MAX, listening, type Tls } from "./tcp.ts";

const PATH = "/v1/terminal";
const BODY_BYTES_MAX = 262_144;
const HEADER_BYTES_MAX = 8_192;
const REQUEST_MS_MAX = 10_000;

export class HttpListener {
  readonly #deps: ConversationDeps;
  readonly #server: Server;
  readonly #posts: Posts;

  constructor(deps: ConversationDeps, tls: Tls | null) {
    this.#deps = deps;
    this.#posts = new Posts(deps);
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
    this.#posts.tick(now);
  }

  async close(): Promise<void> {
    this.#posts.refuse(new Refusal("STOPPING"));
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
      this.#send(response, await this.#posts.work(body));
    } catch (error) {
      if (error instanceof Refusal) {
        this.#deps.refused(error);
        this.#send(response, refusedLine(error));
      } else plain(response, 400);
    }
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
