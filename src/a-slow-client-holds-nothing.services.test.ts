import { connect, type Socket } from "node:net";
import { Hono } from "hono";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Listening, listen } from "./server.ts";

const LIMITS = { headersTimeoutMs: 300, requestTimeoutMs: 600, lookMs: 100, connectionsMax: 20 };
let server: Listening;

beforeAll(async () => {
  const app = new Hono();
  app.post("/", async (context) => context.text(String((await context.req.text()).length)));
  app.onError((_, context) => context.text("gone", 400));
  app.get("/", (context) => context.text("here"));
  server = await listen(app, { host: "127.0.0.1", port: 0 }, LIMITS);
});
afterAll(() => server.close());

function dial(): Socket {
  const { hostname, port } = new URL(server.url);
  const socket = connect(Number(port), hostname);
  socket.on("error", () => {});
  return socket;
}

const endOf = (socket: Socket): Promise<void> =>
  new Promise((resolve) => socket.once("close", () => resolve()).resume());

/** Sends a byte every 50 ms for as long as it is let. */
async function drip(head: string): Promise<number> {
  const began = performance.now();
  const socket = dial();
  socket.write(head);
  const timer = setInterval(() => socket.write("a"), 50);
  await endOf(socket);
  clearInterval(timer);
  return performance.now() - began;
}

test("headers that come byte by byte, and a body that does, are cut off", async () => {
  const [headers, body] = await Promise.all([
    drip("GET / HTTP/1.1\r\nHost: x\r\nX-Slow: "),
    drip("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 100000\r\n\r\n"),
  ]);
  expect(headers).toBeLessThan(3_000);
  expect(body).toBeLessThan(3_000);
});

test("more connections than may be are ended, and those who have one are still served", async () => {
  const held = Array.from({ length: LIMITS.connectionsMax - 1 }, dial);
  await Promise.all(held.map((socket) => new Promise((up) => socket.once("connect", up))));
  expect(await (await fetch(server.url)).text()).toBe("here");
  const beyond = Array.from({ length: 5 }, dial);
  const ended = Promise.all(beyond.slice(1).map(endOf));
  await expect(Promise.race([ended, tooLong()])).resolves.not.toBe("too long");
  for (const socket of [...held, ...beyond]) socket.destroy();
});

const tooLong = () => new Promise((resolve) => setTimeout(() => resolve("too long"), 5_000));
