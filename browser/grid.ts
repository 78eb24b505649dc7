/**
 * The rows of the control room: a slot for each place of the order, filled as it comes into sight.
 * The server sends the rows in sight and what changes in them; all else is layout that costs
 * nothing. Which accounts are selected is kept by key, wherever their rows move.
 */
import { byId } from "./dom.ts";
import { ask, hearing } from "./stream.ts";

type Cell = readonly [string] | readonly [string, string];
type Row = { readonly id: string; readonly link: string; readonly cells: readonly Cell[] };
type Frame = { readonly total: number; readonly rows: readonly (readonly [number, Row])[] };

const AROUND = 15;
const WINDOW_MAX = 160;
const SETTLE_MS = 90;
const ROWS_MAX = 5_000;

class LiveGrid extends HTMLElement {
  readonly #slots: HTMLElement[] = [];
  readonly #selected = new Set<string>();
  #body: HTMLElement | null = null;
  #blank: Node | null = null;
  #names: number = 0;
  #from = -1;
  #to = -1;
  #timer = 0;

  connectedCallback(): void {
    this.#body = this.querySelector("tbody");
    const first = this.#body?.querySelector<HTMLElement>("tr");
    if (this.#body === null || first === null || first === undefined) return;
    this.#blank = first.cloneNode(true);
    this.#names = [...first.children].findIndex((cell) => cell.tagName === "TH");
    // The pages of the plain table end here: every account has its place.
    this.#resize(Number(this.dataset["total"]), true);
    byId("pages").hidden = true;
    hearing("grid", (data) => this.#hear(data as Frame));
    addEventListener("scroll", () => this.#settle(), { passive: true });
    addEventListener("resize", () => this.#settle());
    this.addEventListener("change", (event) => this.#choose(event.target));
    this.closest("form")?.addEventListener("submit", (event) => this.#submit(event.target));
    this.#look();
  }

  #resize(total: number, anew = false): void {
    const body = this.#body;
    if (body === null || (!anew && total === this.#slots.length)) return;
    if (anew) {
      const shown = [...body.children].filter((row) => row instanceof HTMLElement);
      const start = Number(shown[0]?.dataset["index"] ?? 0);
      // From a later page of the plain table the rows before it are slots, too.
      body.replaceChildren();
      for (let index = 0; index < start; index += 1) this.#add(body);
      for (const row of shown) {
        this.#slots.push(row);
        body.append(row);
      }
    }
    while (this.#slots.length > total) this.#slots.pop()?.remove();
    while (this.#slots.length < Math.min(total, ROWS_MAX)) this.#add(body);
    this.querySelector("table")?.setAttribute("aria-rowcount", String(total + 1));
  }

  #add(body: HTMLElement): void {
    const slot = this.#blank?.cloneNode(true);
    if (!(slot instanceof HTMLElement)) return;
    slot.setAttribute("aria-rowindex", String(this.#slots.length + 2));
    slot.removeAttribute("data-tone");
    for (const cell of slot.children) {
      const link = cell.querySelector("a");
      const box = cell.querySelector("input");
      if (link !== null) link.textContent = "";
      else if (box !== null) box.value = "";
      else cell.textContent = "";
      cell.removeAttribute("data-tone");
    }
    this.#slots.push(slot);
    body.append(slot);
  }

  #hear({ total, rows }: Frame): void {
    this.#resize(total);
    for (const [index, row] of rows) this.#fill(index, row);
  }

  #fill(index: number, { id, link, cells }: Row): void {
    const slot = this.#slots[index];
    if (slot === undefined) return;
    slot.dataset["tone"] = link;
    const box = slot.querySelector("input");
    if (box !== null && box.value !== id) {
      box.value = id;
      box.checked = this.#selected.has(id);
      const anchor = slot.querySelector("a");
      if (anchor !== null) anchor.href = `/accounts/${id}`;
      box.setAttribute("aria-label", `Select ${cells[this.#names - 1]?.[0] ?? id}`);
    }
    cells.forEach(([text, tone = ""], place) => {
      const cell = slot.children[place + 1];
      if (!(cell instanceof HTMLElement)) return;
      const target = cell.querySelector("a") ?? cell;
      if (target.textContent !== text) target.textContent = text;
      if ((cell.dataset["tone"] ?? "") !== tone) cell.dataset["tone"] = tone;
    });
  }

  #settle(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#look(), SETTLE_MS);
  }

  /** Asks for the rows in sight and some around them, where what was asked for does not reach. */
  #look(): void {
    const first = this.#slots[0];
    if (first === undefined) return;
    const { top, height } = first.getBoundingClientRect();
    const from = Math.max(0, Math.floor(-top / Math.max(1, height)));
    const to = Math.min(
      this.#slots.length,
      from + Math.ceil(innerHeight / Math.max(1, height)) + 1,
    );
    if (from >= this.#from && to <= this.#to) return;
    this.#from = Math.max(0, from - AROUND);
    this.#to = Math.min(this.#from + WINDOW_MAX, to + AROUND);
    ask(`from=${this.#from}&to=${this.#to}`);
  }

  #choose(target: EventTarget | null): void {
    if (!(target instanceof HTMLInputElement) || target.name !== "id") return;
    if (target.checked) this.#selected.add(target.value);
    else this.#selected.delete(target.value);
    const many = this.#selected.size;
    const words = byId("bulk-words");
    words.textContent = many === 0 ? "Select accounts to act on them." : `${many} selected`;
    words.parentElement?.setAttribute("data-tone", many === 0 ? "none" : "some");
  }

  #submit(form: EventTarget | null): void {
    if (!(form instanceof HTMLFormElement)) return;
    for (const box of this.querySelectorAll("input")) box.disabled = true;
    for (const id of this.#selected) {
      const field = document.createElement("input");
      field.type = "hidden";
      field.name = "id";
      field.value = id;
      form.append(field);
    }
  }
}

export function beginGrid(): void {
  customElements.define("live-grid", LiveGrid);
}
