import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { WebSocket } from "ws";
import { type Listening, listen } from "../../server.ts";
import { settled } from "../../testing/harness.ts";
import { openRestWorld, type RestWorld } from "../../testing/rest-world.ts";
import { streamSockets } from "./socket.ts";

type Message = { readonly id: string; readonly event: string; readonly data: { topic?: string } };
type Heard = { readonly messages: Message[]; readonly socket: WebSocket };

let world: RestWorld;
let page: Listening;
beforeAll(async () => {
  world = await openRestWorld();
  const { api } = world.rest;
  page = await listen(api, { host: "127.0.0.1", port: 0, upgrades: streamSockets(api) });
});
afterAll(async () => {
  await page.close();
  await world.close();
  expect(world.rest.faults).toEqual([]);
});

const address = (path: string): string => page.url.replace("http", "ws") + path;
const eventually = (check: () => void): Promise<void> =>
  vi.waitFor(check, { timeout: 10_000, interval: 20 });

function open(headers: Readonly<Record<string, string>>, path = "/v1/stream"): Heard {
  const socket = new WebSocket(address(path), { headers });
  const messages: Message[] = [];
  socket.on("message", (data) => messages.push(JSON.parse(String(data))));
  return { messages, socket };
}

function refused(headers: Readonly<Record<string, string>>, path?: string): Promise<number> {
  const { socket } = open(headers, path);
  socket.on("error", () => {});
  return new Promise((resolve, reject) => {
    socket.once("unexpected-response", (_, response) => resolve(response.statusCode ?? 0));
    socket.once("open", () => reject(new Error("it was let in")));
  });
}

const withKey = (): Record<string, string> => ({ Authorization: `Bearer ${world.key}` });

test("who may not have the stream has no socket", async () => {
  expect(await refused({})).toBe(401);
  expect(await refused({ Cookie: "session=x" })).toBe(401);
  expect(await refused({ Authorization: "Bearer no-key" })).toBe(401);
  expect(await refused(withKey(), "/v1/stream?topics=secrets")).toBe(400);
  expect(await refused(withKey(), "/v1/accounts")).toBe(404);
});

test("it begins with what stands, tells what changes, and goes on where it was left", async () => {
  const first = open(withKey(), "/v1/stream?topics=accounts,signals");
  await eventually(() => expect(first.messages.length).toBeGreaterThanOrEqual(2));
  const kinds = first.messages.slice(0, 2).map(({ event, data }) => [event, data.topic]);
  expect(kinds).toEqual([
    ["snapshot", "accounts"],
    ["snapshot", "signals"],
  ]);
  world.world.trade({});
  await settled(world.hub);
  await eventually(() => expect(first.messages.some(({ event }) => event === "event")).toBe(true));
  const last = first.messages.at(-1)?.id ?? "";
  first.socket.close();
  await eventually(() => expect(first.socket.readyState).toBe(WebSocket.CLOSED));
  world.world.trade({});
  await settled(world.hub);
  const second = open({ ...withKey(), "Last-Event-ID": last }, "/v1/stream?topics=signals");
  await eventually(() => expect(second.messages.length).toBeGreaterThan(0));
  expect(second.messages.map(({ event }) => event)).not.toContain("snapshot");
  const numberOf = (id: string): number => Number(id.split("-").at(-1));
  expect(numberOf(second.messages[0]?.id ?? "")).toBeGreaterThan(numberOf(last));
  second.socket.close();
});

test("what somebody says is not listened to, and too much of it ends the socket", async () => {
  const { socket, messages } = open(withKey());
  await eventually(() => expect(messages.length).toBeGreaterThan(0));
  socket.on("error", () => {});
  socket.send("x".repeat(2_000));
  await eventually(() => expect(socket.readyState).toBe(WebSocket.CLOSED));
});

test("ten thousand messages end the socket that sends them, and no other", async () => {
  const quiet = open(withKey(), "/v1/stream?topics=signals");
  const loud = open(withKey());
  await eventually(() => expect(loud.messages.length).toBeGreaterThan(0));
  await eventually(() => expect(quiet.messages.length).toBeGreaterThan(0));
  loud.socket.on("error", () => {});
  for (let said = 0; said < 10_000; said += 1) loud.socket.send("{}", () => {});
  await eventually(() => expect(loud.socket.readyState).toBe(WebSocket.CLOSED));
  const before = quiet.messages.length;
  world.world.trade({});
  await settled(world.hub);
  await eventually(() => expect(quiet.messages.length).toBeGreaterThan(before));
  quiet.socket.close();
});
