/** The command palette: pages at once, accounts and strategies as the hub finds them. */
import { byId } from "./dom.ts";

type Found = { readonly href: string; readonly label: string; readonly kind: string };

const PAUSE_MS = 120;
const SHOWN_MAX = 12;

const dialog = byId("palette");
const field = byId("palette-field");
const results = byId("palette-results");
let timer = 0;
let asked = 0;

export function openPalette(): boolean {
  if (!(dialog instanceof HTMLDialogElement) || dialog.open) return true;
  dialog.showModal();
  field.focus();
  void find("");
  return true;
}

function pages(wanted: string): Found[] {
  return [...document.querySelectorAll<HTMLAnchorElement>("nav.rooms a")]
    .map((link) => ({ href: link.href, label: link.textContent?.trim() ?? "", kind: "page" }))
    .filter(({ label }) => label.toLowerCase().includes(wanted.toLowerCase()));
}

async function find(wanted: string): Promise<void> {
  asked += 1;
  const mine = asked;
  show(pages(wanted));
  if (wanted.trim() === "") return;
  const address = `/search.json?q=${encodeURIComponent(wanted)}`;
  const response = await fetch(address).catch(() => null);
  if (mine !== asked || response === null || !response.ok) return;
  const { found } = (await response.json()) as { readonly found: readonly Found[] };
  show(found);
}

function show(found: readonly Found[]): void {
  results.replaceChildren(
    ...found.slice(0, SHOWN_MAX).map(({ href, label, kind }) => {
      const item = document.createElement("li");
      const link = document.createElement("a");
      const sort = document.createElement("span");
      link.href = href;
      link.textContent = label;
      sort.textContent = kind;
      link.append(" ", sort);
      item.append(link);
      return item;
    }),
  );
}

function step(by: number): void {
  const links = [...results.querySelectorAll("a")];
  const at = links.findIndex((link) => link.matches(":focus"));
  if (at + by < 0) field.focus();
  else links[Math.min(links.length - 1, at + by)]?.focus();
}

export function beginPalette(): void {
  byId("search").addEventListener("click", (event) => {
    event.preventDefault();
    openPalette();
  });
  field.addEventListener("input", () => {
    clearTimeout(timer);
    const value = field instanceof HTMLInputElement ? field.value : "";
    timer = setTimeout(() => void find(value), PAUSE_MS);
  });
  dialog.addEventListener("keydown", (event) => {
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      step(event.key === "ArrowDown" ? 1 : -1);
    }
  });
  dialog.querySelector("form")?.addEventListener("submit", (event) => {
    const first = results.querySelector("a");
    if (first === null) return;
    event.preventDefault();
    first.click();
  });
}
