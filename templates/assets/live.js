// Keeps the page current: text by row and field, and the order of rows in lists, are written into
// the elements bound to them, never as HTML. New rows are clones of the page's own templates.
const DELAYED_MS = 5_000;
const RETRY_MAX_MS = 60_000;
const SAY_EVERY_MS = 10_000;
const FREE_ATTRIBUTES = new Set(["points", "datetime"]);

const bound = new Map(); // row id -> [{ element, target, field }]
const lists = new Map(); // "row id.list" -> element
const page = document.documentElement;
const byId = (id) => document.getElementById(id);
const rowOf = (element) => element.closest("[data-id]")?.dataset.id;
const within = (root, selector) =>
  [root, ...root.querySelectorAll(selector)].filter((element) => element.matches?.(selector));

function learn(root) {
  for (const element of within(root, "[data-bind]")) {
    const id = rowOf(element);
    if (!bound.has(id)) bound.set(id, []);
    for (const binding of element.dataset.bind.split(" ")) {
      const [target, field] = binding.includes("=") ? binding.split("=") : ["text", binding];
      bound.get(id).push({ element, target, field });
    }
  }
  for (const element of within(root, "[data-list]")) {
    lists.set(`${rowOf(element)}.${element.dataset.list}`, element);
  }
}

function forget(root) {
  for (const { dataset } of within(root, "[data-id]")) {
    const left = (bound.get(dataset.id) ?? []).filter(({ element }) => !root.contains(element));
    if (left.length > 0) bound.set(dataset.id, left);
    else bound.delete(dataset.id);
  }
  for (const element of within(root, "[data-list]")) {
    lists.delete(`${rowOf(element)}.${element.dataset.list}`);
  }
  root.remove();
}

function create(template, id) {
  const row = byId(`t-${template}`).content.firstElementChild.cloneNode(true);
  row.dataset.id = id;
  row.classList.add("arrived");
  return row;
}

function arrange(list, ids) {
  const wanted = new Set(ids);
  const present = new Map();
  for (const row of [...list.children]) {
    if (wanted.has(row.dataset.id)) present.set(row.dataset.id, row);
    else forget(row);
  }
  ids.forEach((id, place) => {
    const known = present.get(id);
    const row = known ?? create(list.dataset.template, id);
    if (list.children[place] !== row) list.insertBefore(row, list.children[place] ?? null);
    if (!known) learn(row);
  });
}

function write({ element, target }, text) {
  if (target !== "text")
    element.setAttribute(FREE_ATTRIBUTES.has(target) ? target : `data-${target}`, text);
  else if (element.textContent !== text) element.textContent = text;
}

function apply(patch) {
  for (const [key, ids] of Object.entries(patch.lists)) {
    const list = lists.get(key);
    if (list) arrange(list, ids);
  }
  for (const [id, fields] of Object.entries(patch.rows)) {
    for (const binding of bound.get(id) ?? []) {
      if (binding.field in fields) write(binding, fields[binding.field]);
    }
  }
}

// The stream is live, delayed, offline or frozen, and always says which.
const stream = byId("stream");
const words = byId("stream-words");
const status = byId("status");
const freeze = byId("freeze");
let source = null;
let clock = document.querySelector("[data-bind=clock]").textContent;
let heardAt = 0;
let lostSince = "";
let retryMs = 1_000;
let retryTimer = 0;
let newSignals = 0;

function show(tone, text) {
  stream.dataset.tone = page.dataset.stream = tone;
  words.textContent = text;
}

function hear(event, isPatch) {
  const patch = JSON.parse(event.data);
  const before = lists.get("page.feed").firstElementChild?.dataset.id;
  apply(patch);
  clock = patch.rows.page?.clock ?? clock;
  heardAt = performance.now();
  retryMs = 1_000;
  if (lostSince) status.textContent = "The connection is back.";
  lostSince = "";
  const feed = patch.lists["page.feed"];
  if (isPatch && feed) newSignals += Math.max(0, before ? feed.indexOf(before) : feed.length);
  show("live", `live · ${clock}`);
}

function lose() {
  if (!lostSince) {
    lostSince = clock;
    status.textContent = `The connection is lost. The figures are those of ${clock}.`;
  }
  show("offline", `offline since ${lostSince}`);
  if (source?.readyState !== EventSource.CLOSED) return;
  clearTimeout(retryTimer);
  retryTimer = setTimeout(connect, retryMs * (0.75 + Math.random() / 2));
  retryMs = Math.min(retryMs * 2, RETRY_MAX_MS);
}

function disconnect() {
  clearTimeout(retryTimer);
  source?.close();
  source = null;
}

function connect() {
  disconnect();
  source = new EventSource("/stream");
  source.addEventListener("snapshot", (event) => hear(event, false));
  source.addEventListener("patch", (event) => hear(event, true));
  source.addEventListener("error", lose);
}

const frozen = () => freeze.getAttribute("aria-pressed") === "true";

freeze.addEventListener("click", () => {
  freeze.setAttribute("aria-pressed", String(!frozen()));
  if (!frozen()) return connect();
  disconnect();
  show("frozen", `frozen at ${clock}`);
});

document.addEventListener("visibilitychange", () => {
  if (document.hidden) disconnect();
  else if (!frozen()) connect();
});

setInterval(() => {
  const silentMs = performance.now() - heardAt;
  if (source && !lostSince && heardAt && silentMs > DELAYED_MS) {
    show("delayed", `delayed ${Math.round(silentMs / 1_000)} s`);
  }
}, 1_000);

setInterval(() => {
  if (newSignals > 0) status.textContent = `${newSignals} new signal${newSignals > 1 ? "s" : ""}.`;
  newSignals = 0;
}, SAY_EVERY_MS);

// The server reads the theme's cookie, so that the next page arrives in it.
const theme = byId("theme");
const choices = [...theme.querySelectorAll("[data-choice]")];

function choose(choice) {
  page.dataset.theme = choice;
  for (const button of choices) {
    button.setAttribute("aria-pressed", String(button.dataset.choice === choice));
  }
}

for (const button of choices) {
  button.addEventListener("click", () => {
    choose(button.dataset.choice);
    document.cookie = `theme=${button.dataset.choice}; path=/; max-age=31536000; samesite=strict`;
  });
}

choose(page.dataset.theme);
theme.hidden = freeze.hidden = false;
learn(page);
connect();
