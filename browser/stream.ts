/**
 * The page's one stream. It is live, delayed, offline or frozen, and the bar always says which; a
 * page without a stream says when it was made.
 */
import { apply, firstOf, learn, type Patch } from "./bindings.ts";
import { byId } from "./dom.ts";

const DELAYED_MS = 5_000;
const RETRY_FIRST_MS = 1_000;
const RETRY_MAX_MS = 60_000;
const SAY_EVERY_MS = 10_000;

const root = document.documentElement;
const pill = byId("stream");
const words = byId("stream-words");
const status = byId("status");
const freeze = byId("freeze");
const { stream: address, announce, announceWords = "change" } = document.body.dataset;

let source: EventSource | null = null;
let clock = document.querySelector("[data-bind=clock]")?.textContent ?? "";
let heardAt = 0;
let lostSince = "";
let retryMs = RETRY_FIRST_MS;
let retryTimer = 0;
let news = 0;

/** Other parts of the page that listen on the same stream, by event. */
const listeners = new Map<string, (data: unknown) => void>();

export function hearing(event: string, listener: (data: unknown) => void): void {
  listeners.set(event, listener);
}

/** What is asked of the stream beyond its address, such as the rows that are in sight. */
let query = "";

export function ask(next: string): void {
  if (next === query) return;
  query = next;
  if (source !== null) connect();
}

export function say(text: string): void {
  status.textContent = text;
}

function show(tone: string, text: string): void {
  pill.dataset["tone"] = root.dataset["stream"] = tone;
  words.textContent = text;
}

function heard(now: string | undefined): void {
  clock = now ?? clock;
  heardAt = performance.now();
  retryMs = RETRY_FIRST_MS;
  if (lostSince !== "") say("The connection is back.");
  lostSince = "";
  show("live", `live · ${clock}`);
}

function hear(event: MessageEvent<string>, isPatch: boolean): void {
  const patch = JSON.parse(event.data) as Patch;
  const before = announce === undefined ? undefined : firstOf(announce);
  apply(patch);
  const list = announce === undefined ? undefined : patch.lists[announce];
  if (isPatch && list !== undefined) {
    news += Math.max(0, before === undefined ? list.length : list.indexOf(before));
  }
  heard(patch.rows["page"]?.["clock"]);
}

function lose(): void {
  if (lostSince === "") {
    lostSince = clock;
    say(`The connection is lost. The figures are those of ${clock}.`);
  }
  show("offline", `offline since ${lostSince}`);
  if (source?.readyState !== EventSource.CLOSED) return;
  clearTimeout(retryTimer);
  retryTimer = setTimeout(connect, retryMs * (0.75 + Math.random() / 2));
  retryMs = Math.min(retryMs * 2, RETRY_MAX_MS);
}

function disconnect(): void {
  clearTimeout(retryTimer);
  source?.close();
  source = null;
}

function connect(): void {
  if (address === undefined) return;
  disconnect();
  source = new EventSource(address + query);
  source.addEventListener("snapshot", (event) => hear(event, false));
  source.addEventListener("patch", (event) => hear(event, true));
  for (const [name, listener] of listeners) {
    source.addEventListener(name, (event: MessageEvent<string>) => {
      const data = JSON.parse(event.data) as { readonly clock?: string };
      listener(data);
      heard(data.clock);
    });
  }
  source.addEventListener("error", lose);
}

const isFrozen = (): boolean => freeze.getAttribute("aria-pressed") === "true";

export function toggleFreeze(): void {
  if (address === undefined) return;
  freeze.setAttribute("aria-pressed", String(!isFrozen()));
  if (isFrozen()) {
    disconnect();
    show("frozen", `frozen at ${clock}`);
  } else connect();
}

export function beginStream(): void {
  learn(root);
  if (address === undefined) return;
  freeze.hidden = false;
  freeze.addEventListener("click", toggleFreeze);
  document.addEventListener("visibilitychange", () => {
    if (document.hidden) disconnect();
    else if (!isFrozen()) connect();
  });
  setInterval(() => {
    const silentMs = performance.now() - heardAt;
    if (source !== null && lostSince === "" && heardAt > 0 && silentMs > DELAYED_MS) {
      show("delayed", `delayed ${Math.round(silentMs / 1_000)} s`);
    }
  }, 1_000);
  setInterval(() => {
    if (news > 0) say(`${news} new ${announceWords}${news > 1 ? "s" : ""}.`);
    news = 0;
  }, SAY_EVERY_MS);
  connect();
}
