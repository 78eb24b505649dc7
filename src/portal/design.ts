/** The parts every page is made of, in every state, for whoever builds a page. */
import type { Portal } from "./portal.ts";

const TOKENS = {
  Grounds: ["ground", "surface", "raised", "sunken", "hover", "pick"],
  Text: ["ink", "soft", "accent", "up", "down", "warn", "ask"],
  Marks: ["line", "line-strong", "done-bg", "skip-bg", "down-bg", "warn-bg", "ask-bg"],
} as const;

const CHIPS = ["done", "partial", "skipped", "rejected", "waiting", "unknown"] as const;
const LINKS = ["live", "delayed", "stale", "offline"] as const;

const ROWS = [
  { name: "Ingrid Halvorsen", equity: "42,318.20", profit: "+318.20", tone: "up", link: "live" },
  {
    name: "Brightwater Pension",
    equity: "149,120.05",
    profit: "−879.95",
    tone: "down",
    link: "stale",
  },
  { name: "Daniel Price", equity: "240.00", profit: "0.00", tone: "flat", link: "offline" },
];

export function addDesign(portal: Portal): void {
  portal.page("/design", "public", () => ({
    page: "design",
    head: {
      title: "Design",
      lead: "Tokens, type, tables, forms and states: what a page is made of. Look at it light and dark, wide and narrow.",
      crumbs: [{ href: "/", label: "Portal" }],
      action: { href: "#forms", label: "One primary button" },
      styles: ["design.css"],
    },
    view: {
      groups: Object.entries(TOKENS).map(([title, names]) => ({ title, names })),
      chips: CHIPS,
      links: LINKS,
      rows: ROWS,
      nothing: null,
    },
  }));
}
