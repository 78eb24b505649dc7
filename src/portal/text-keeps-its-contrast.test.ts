import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { packageRoot } from "../platform/package-root.ts";

const css = readFileSync(join(packageRoot(), "templates", "assets", "base.css"), "utf8");
const tokens = new Map(
  [...css.matchAll(/--([\w-]+): light-dark\((#\w{6}), (#\w{6})\)/g)].map(
    ([, name = "", light = "", dark = ""]) => [name, { light, dark }] as const,
  ),
);

/** Relative luminance and contrast as WCAG 2.2 defines them. */
function luminance(hex: string): number {
  const [red = 0, green = 0, blue = 0] = [1, 3, 5].map((at) => {
    const share = Number.parseInt(hex.slice(at, at + 2), 16) / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

function contrast(one: string, other: string): number {
  const [low = 0, high = 0] = [luminance(one), luminance(other)].sort((a, b) => a - b);
  return (high + 0.05) / (low + 0.05);
}

const GROUNDS = ["ground", "surface", "raised", "sunken", "hover"];
const TEXTS = ["ink", "soft", "accent", "up", "down", "warn"];
const TEXT_MIN = 4.5;
const MARK_MIN = 3;
const pairs: readonly (readonly [string, string, number])[] = [
  ...GROUNDS.flatMap((ground) => TEXTS.map((text) => [text, ground, TEXT_MIN] as const)),
  ["soft", "skip-bg", TEXT_MIN],
  ["ink", "skip-bg", TEXT_MIN],
  ["up", "done-bg", TEXT_MIN],
  ["down", "down-bg", TEXT_MIN],
  ["warn", "warn-bg", TEXT_MIN],
  ["ask", "ask-bg", TEXT_MIN],
  ["ask", "surface", TEXT_MIN],
  ["on-accent", "accent", TEXT_MIN],
  ["line-strong", "surface", MARK_MIN],
];

test.each(pairs)("%s on %s keeps %d : 1, light and dark", (text, ground, least) => {
  for (const theme of ["light", "dark"] as const) {
    const [front, back] = [tokens.get(text)?.[theme], tokens.get(ground)?.[theme]];
    if (front === undefined || back === undefined) throw new Error(`no token ${text} or ${ground}`);
    expect(contrast(front, back), theme).toBeGreaterThanOrEqual(least);
  }
});
