/**
 * Keys: Ctrl or ⌘ with K always; single keys only where the reader has not switched them off. No
 * key trades or changes anything: at most it opens a page or a preview.
 */
import { byId, isTyping } from "./dom.ts";
import { openPalette } from "./palette.ts";
import { toggleFreeze } from "./stream.ts";

const GO_WITHIN_MS = 1_500;

let goUntil = 0;

function go(letter: string): boolean {
  const link = document.querySelector<HTMLAnchorElement>(
    `nav [data-letter="${CSS.escape(letter)}"]`,
  );
  link?.click();
  return link !== null;
}

/** Moves along the rows of the page's main table. */
function move(step: number): boolean {
  const rows = [...document.querySelectorAll<HTMLElement>("[data-rows] [data-row]")];
  if (rows.length === 0) return false;
  const at = rows.findIndex((row) => row.contains(document.activeElement));
  const next = rows[Math.min(rows.length - 1, Math.max(0, at + step))];
  next?.querySelector<HTMLElement>("a, button, input")?.focus();
  return true;
}

function select(): boolean {
  const row = document.activeElement?.closest("[data-row]");
  const box = row?.querySelector<HTMLInputElement>("input[type=checkbox]");
  box?.click();
  return box !== undefined && box !== null;
}

function single(key: string): boolean {
  if (goUntil > performance.now()) {
    goUntil = 0;
    return go(key);
  }
  switch (key) {
    case "g":
      goUntil = performance.now() + GO_WITHIN_MS;
      return true;
    case "/":
      return openPalette();
    case "?":
      return openHelp();
    case "f":
      toggleFreeze();
      return true;
    case "j":
      return move(1);
    case "k":
      return move(-1);
    case "x":
      return select();
    default:
      return false;
  }
}

function openHelp(): boolean {
  const dialog = byId("keyboard");
  if (dialog instanceof HTMLDialogElement && !dialog.open) dialog.showModal();
  return true;
}

export function beginKeys(): void {
  const areOn = document.documentElement.dataset["keys"] !== "off";
  byId("help").addEventListener("click", (event) => {
    event.preventDefault();
    openHelp();
  });
  for (const close of document.querySelectorAll<HTMLElement>("[data-close]")) {
    close.addEventListener("click", () => close.closest("dialog")?.close());
  }
  document.addEventListener("keydown", (event) => {
    if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k") {
      event.preventDefault();
      openPalette();
      return;
    }
    const plain = !(event.ctrlKey || event.metaKey || event.altKey);
    if (!areOn || !plain || isTyping(event) || document.querySelector("dialog[open]") !== null)
      return;
    if (single(event.key)) event.preventDefault();
  });
}
