/**
 * The stream as a WebSocket, for programs: a connection that asks /v1/stream to upgrade is asked of
 * the app as the stream itself, with its key, limits and topics, and what that answers is told as
 * messages `{ id, event, data }`. Numbers and resuming are the stream's own.
 * Invariants: who may not have the stream has no socket; no more is taken out of a viewer's queue than
 * the socket has sent, so that who reads slowly is told less often here too; a cookie opens none, as
 * browsers send theirs from any page.
 */
import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import type { Hono } from "hono";
import { WebSocket, WebSocketServer } from "ws";
import { eventsIn, type StreamEvent } from "./events.ts";

const PATH = "/v1/stream";
const SAID_BYTES_MAX = 1_024;
/** Nothing is asked of a socket, so that somebody who says this much is no program of ours. */
const SAID_MAX = 100;
const GOING_AWAY = 1001;
const ENDED = 1000;

type Sockets = {
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void;
  close(): void;
};

export function streamSockets(app: Hono): Sockets {
  const server = new WebSocketServer({ noServer: true, maxPayload: SAID_BYTES_MAX });
  return {
    upgrade(request, socket, head) {
      // A peer that is gone meanwhile is nobody's fault.
      socket.on("error", () => socket.destroy());
      void opened(app, request)
        .then((response) => {
          const { body, status } = response;
          if (status !== 200 || body === null) return refuse(socket, response);
          server.handleUpgrade(request, socket, head, (client) => void told(client, body));
          return undefined;
        })
        .catch(() => socket.destroy());
    },
    close() {
      for (const client of server.clients) client.close(GOING_AWAY);
      server.close();
      for (const client of server.clients) client.terminate();
    },
  };
}

async function opened(app: Hono, incoming: IncomingMessage): Promise<Response> {
  const { url = "/", headers } = incoming;
  const address = new URL(url, `http://${headers.host ?? "localhost"}`);
  if (address.pathname !== PATH) return new Response(null, { status: 404 });
  const asked = new Headers();
  for (const name of ["authorization", "last-event-id", "lockstep-version", "host"]) {
    const value = headers[name];
    if (typeof value === "string") asked.set(name, value);
  }
  return app.fetch(new Request(address, { headers: asked }), { incoming });
}

async function refuse(socket: Duplex, response: Response): Promise<void> {
  const body = await response.text();
  const told = ["content-type", "retry-after", "www-authenticate"]
    .map((name) => [name, response.headers.get(name)] as const)
    .filter(([, value]) => value !== null)
    .map(([name, value]) => `${name}: ${value}\r\n`);
  const length = `content-length: ${Buffer.byteLength(body)}\r\nconnection: close\r\n\r\n`;
  socket.end(`HTTP/1.1 ${response.status} Refused\r\n${told.join("")}${length}${body}`);
}

/** Until either side ends it. */
async function told(client: WebSocket, body: ReadableStream<Uint8Array>): Promise<void> {
  const reader = body.getReader();
  client.on("close", () => void reader.cancel().catch(() => {}));
  client.on("error", () => client.terminate());
  let said = 0;
  client.on("message", () => {
    said += 1;
    if (said > SAID_MAX) client.terminate();
  });
  try {
    for await (const event of eventsIn(reader)) await sent(client, event);
    client.close(ENDED);
  } catch {
    // The client is gone, and with it whom to tell.
    client.terminate();
  }
}

function sent(client: WebSocket, event: StreamEvent): Promise<void> {
  if (client.readyState !== WebSocket.OPEN) return Promise.reject(new Error("closed"));
  return new Promise((resolve, reject) => {
    const done = (error?: Error | null): void => (error ? reject(error) : resolve());
    if (event === "still here") client.ping(undefined, undefined, done);
    else client.send(event.json, done);
  });
}
