/** What surrounds every page: who looks, where, in which theme, and which rooms are open. */
import type { Context } from "hono";
import { getCookie, setCookie } from "hono/cookie";
import type { Instant } from "../domain/instant.ts";
import { maybePrincipal } from "../identity/policy.ts";
import { type Principal, ROLES } from "../identity/principal.ts";
import type { LiveState } from "./live.ts";
import { roomsFor } from "./navigation.ts";
import { clockTime } from "./view/format.ts";

export type Link = { readonly href: string; readonly label: string };

/** What a page says of itself to its shell. */
export type PageHead = {
  readonly title: string;
  readonly lead?: string;
  readonly crumbs?: readonly Link[];
  readonly action?: Link;
  /** Files of templates/assets beyond the shell's own. */
  readonly styles?: readonly string[];
  readonly scripts?: readonly string[];
  /** The address of the page's events; without one the page stands still. */
  readonly stream?: string;
  /** The list whose new rows are announced, and what one is called. */
  readonly announce?: { readonly list: string; readonly word: string };
  /** Where scripts do not run the page loads anew. */
  readonly reloadSeconds?: number;
};

export type ShellOptions = {
  readonly environment: LiveState["environment"];
  readonly now: () => Instant;
  /** Shows /design in the navigation. */
  readonly development: boolean;
  /** Links of the menu under one's name, such as to sign out. */
  readonly ownLinks?: readonly Link[];
};

const THEMES = [
  { value: "light", label: "Light" },
  { value: "system", label: "As the system" },
  { value: "dark", label: "Dark" },
];
const ENVIRONMENT_WORDS = {
  DEMO: "Simulated brokers and invented people: nothing here is real",
  TEST: "Test accounts only",
  LIVE: "Real accounts: what you do here trades",
} as const;
const SAID_MAX = 300;

/** The theme the reader chose, so that a page arrives in it and never flashes. */
export function themeOf(context: Context): string {
  const chosen = getCookie(context, "theme");
  return THEMES.find(({ value }) => value === chosen)?.value ?? "system";
}

export function keysOf(context: Context): "on" | "off" {
  return getCookie(context, "keys") === "off" ? "off" : "on";
}

/** A sentence for the next page that is shown, once. */
export function sayNext(context: Context, words: string): void {
  setCookie(context, "said", words.slice(0, SAID_MAX), {
    ...{ path: "/", httpOnly: true, sameSite: "Strict", maxAge: 60 },
  });
}

function saidOf(context: Context): string | null {
  const said = getCookie(context, "said");
  if (said === undefined || said === "") return null;
  setCookie(context, "said", "", { path: "/", maxAge: 0 });
  return said.slice(0, SAID_MAX);
}

export function shellOf(context: Context, head: PageHead, options: ShellOptions) {
  const { styles = [], scripts = [], stream, announce, ...rest } = head;
  const principal = maybePrincipal(context);
  const theme = themeOf(context);
  const keys = keysOf(context);
  const { pathname, search } = new URL(context.req.url);
  return {
    ...rest,
    theme,
    themes: THEMES.map((one) => ({ ...one, pressed: String(one.value === theme) })),
    keys,
    keysOff: keys === "off",
    here: pathname + search,
    environment: options.environment,
    environmentWords: ENVIRONMENT_WORDS[options.environment],
    clock: clockTime(options.now()),
    rooms: roomsFor(principal, {
      here: pathname,
      demo: options.environment === "DEMO",
      design: options.development,
    }),
    who: principal === null ? null : whoOf(principal, options),
    said: saidOf(context),
    stream: stream ?? null,
    announce: announce?.list ?? null,
    announceWords: announce?.word ?? null,
    styles: ["base.css", "shell.css", ...styles],
    scripts: ["portal.js", ...scripts],
  };
}

function whoOf({ actor, roles }: Principal, { ownLinks = [] }: ShellOptions) {
  return {
    name: actor.name,
    initial: [...actor.name][0]?.toUpperCase() ?? "?",
    roles: roles.join(", "),
    visitor: actor.kind === "demo",
    choices: ROLES.map((value) => ({ value, pressed: String(roles.includes(value)) })),
    links: ownLinks,
  };
}
