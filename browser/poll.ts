/** Parts of a page that ask for their state every few seconds until it is done; no stream is kept. */
import { apply, type Patch } from "./bindings.ts";

const EVERY_MS = 1_500;
const LOST_MS = 6_000;

async function look(part: HTMLElement, address: string): Promise<void> {
  if (document.hidden) return later(part, address, EVERY_MS);
  try {
    const answer = await fetch(address, { headers: { Accept: "application/json" } });
    if (!answer.ok) return later(part, address, LOST_MS);
    const state = (await answer.json()) as Patch & { readonly done: boolean };
    apply(state);
    if (!state.done) later(part, address, EVERY_MS);
  } catch {
    later(part, address, LOST_MS);
  }
}

function later(part: HTMLElement, address: string, ms: number): void {
  setTimeout(() => void look(part, address), ms);
}

export function beginPolls(): void {
  for (const part of document.querySelectorAll<HTMLElement>("[data-poll]")) {
    if (part.dataset["done"] !== "done") void look(part, part.dataset["poll"] ?? "");
  }
}
