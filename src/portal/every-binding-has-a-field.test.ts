import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { packageRoot } from "../platform/package-root.ts";
import { busyLiveState } from "../testing/live-state.ts";
import { livePage } from "./view/page.ts";
import type { Row } from "./view/row.ts";

const read = (path: string): string =>
  readFileSync(join(packageRoot(), "templates", `${path}.hbs`), "utf8");
const page = livePage(busyLiveState());

function firstOf(row: Row | undefined, list: string): Row | undefined {
  return row?.lists[list]?.[0];
}

const signal = firstOf(page, "feed");
const master = firstOf(page, "masters");
const templates: readonly (readonly [string, Row | undefined])[] = [
  ["pages/live", page],
  ["partials/totals", page],
  ["partials/broker", firstOf(page, "brokers")],
  ["partials/master", master],
  ["partials/position", firstOf(master, "positions")],
  ["partials/follower", firstOf(page, "followers")],
  ["partials/sparkline", firstOf(page, "followers")],
  ["partials/signal", signal],
  ["partials/chip", firstOf(signal, "chips")],
  ["partials/result", firstOf(signal, "results")],
];

test.each(templates)("%s binds and shows fields that its row has", (path, row) => {
  const text = read(path);
  const known = new Set(Object.keys(row?.f ?? {}));
  const bound = [...text.matchAll(/data-bind="([^"]*)"/g)].flatMap((match) =>
    (match[1] ?? "").split(" ").map((binding) => binding.split("=").at(-1) ?? ""),
  );
  const shown = [...text.matchAll(/\{\{(?:page\.)?f\.(\w+)\}\}/g)].map((match) => match[1] ?? "");
  expect(shown.length).toBeGreaterThan(0);
  expect([...bound, ...shown].filter((field) => !known.has(field))).toEqual([]);
  expect(
    shown.filter((field) => !bound.includes(field)),
    "shown, but never updated",
  ).toEqual([]);
});

test("every list names a template of the page", () => {
  const text = templates.map(([path]) => read(path)).join("");
  const wanted = [...text.matchAll(/data-template="(\w+)"/g)].map((match) => match[1]);
  expect(wanted.length).toBeGreaterThan(5);
  for (const name of wanted) expect(text).toContain(`<template id="t-${name}">`);
});
