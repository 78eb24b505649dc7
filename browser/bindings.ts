/**
 * Text by row and field, and the order of rows in lists, are written into the elements bound to
 * them, never as HTML. New rows are clones of the page's own templates.
 */
type Binding = { readonly element: Element; readonly target: string; readonly field: string };

export type Patch = {
  readonly lists: Readonly<Record<string, readonly string[]>>;
  readonly rows: Readonly<Record<string, Readonly<Record<string, string>>>>;
};

const FREE_ATTRIBUTES = new Set(["points", "datetime", "href"]);

const bound = new Map<string, Binding[]>();
/** By "row id.list". */
const lists = new Map<string, HTMLElement>();

const rowOf = (element: Element): string =>
  element.closest<HTMLElement>("[data-id]")?.dataset["id"] ?? "";

function within(root: Element, selector: string): HTMLElement[] {
  const found = [...root.querySelectorAll<HTMLElement>(selector)];
  return root instanceof HTMLElement && root.matches(selector) ? [root, ...found] : found;
}

export function learn(root: Element): void {
  for (const element of within(root, "[data-bind]")) {
    const id = rowOf(element);
    const known = bound.get(id) ?? [];
    bound.set(id, known);
    for (const binding of (element.dataset["bind"] ?? "").split(" ")) {
      const [target = "", field] = binding.split("=");
      known.push(
        field === undefined
          ? { element, target: "text", field: target }
          : { element, target, field },
      );
    }
  }
  for (const element of within(root, "[data-list]")) {
    lists.set(`${rowOf(element)}.${element.dataset["list"]}`, element);
  }
}

function forget(root: Element): void {
  for (const { dataset } of within(root, "[data-id]")) {
    const id = dataset["id"] ?? "";
    const left = (bound.get(id) ?? []).filter(({ element }) => !root.contains(element));
    if (left.length > 0) bound.set(id, left);
    else bound.delete(id);
  }
  for (const element of within(root, "[data-list]")) {
    lists.delete(`${rowOf(element)}.${element.dataset["list"]}`);
  }
  root.remove();
}

function create(template: string, id: string): HTMLElement | null {
  const source = document.getElementById(`t-${template}`);
  if (!(source instanceof HTMLTemplateElement)) return null;
  const row = source.content.firstElementChild?.cloneNode(true);
  if (!(row instanceof HTMLElement)) return null;
  row.dataset["id"] = id;
  row.classList.add("arrived");
  return row;
}

function arrange(list: HTMLElement, ids: readonly string[]): void {
  const wanted = new Set(ids);
  const present = new Map<string, Element>();
  for (const row of [...list.children]) {
    const id = row instanceof HTMLElement ? (row.dataset["id"] ?? "") : "";
    if (wanted.has(id)) present.set(id, row);
    else forget(row);
  }
  ids.forEach((id, place) => {
    const known = present.get(id);
    const row = known ?? create(list.dataset["template"] ?? "", id);
    if (row === null) return;
    if (list.children[place] !== row) list.insertBefore(row, list.children[place] ?? null);
    if (known === undefined) learn(row);
  });
}

function write({ element, target }: Binding, text: string): void {
  if (target !== "text") {
    element.setAttribute(FREE_ATTRIBUTES.has(target) ? target : `data-${target}`, text);
  } else if (element.textContent !== text) element.textContent = text;
}

export function apply(patch: Patch): void {
  for (const [key, ids] of Object.entries(patch.lists)) {
    const list = lists.get(key);
    if (list !== undefined) arrange(list, ids);
  }
  for (const [id, fields] of Object.entries(patch.rows)) {
    for (const binding of bound.get(id) ?? []) {
      const text = fields[binding.field];
      if (text !== undefined) write(binding, text);
    }
  }
}

export const firstOf = (list: string): string | undefined => {
  const first = lists.get(list)?.firstElementChild;
  return first instanceof HTMLElement ? first.dataset["id"] : undefined;
};
