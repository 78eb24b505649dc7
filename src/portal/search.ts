/** Rooms, accounts and whatever else has a page, by a part of its name: for the palette and a page. */
import type { Principal } from "../identity/principal.ts";
import { roomsFor } from "./navigation.ts";
import type { Asked, Portal } from "./portal.ts";

export type Found = { readonly href: string; readonly label: string; readonly kind: string };

/** Finds what the principal may see; `wanted` is in small letters and not empty. */
export type Finder = (principal: Principal, wanted: string) => Promise<readonly Found[]>;

const FOUND_MAX = 20;
const WANTED_MAX = 100;

export function addSearch(portal: Portal, finders: readonly Finder[]): void {
  const find = async (asked: Asked): Promise<readonly Found[]> => {
    const wanted = asked.query("q").trim().toLowerCase().slice(0, WANTED_MAX);
    if (wanted === "") return [];
    const found = rooms(asked.principal).filter(({ label }) =>
      label.toLowerCase().includes(wanted),
    );
    for (const finder of finders) found.push(...(await finder(asked.principal, wanted)));
    return found.slice(0, FOUND_MAX);
  };
  portal.page("/search", "signed-in", async (asked) => {
    const found = await find(asked);
    const q = asked.query("q");
    const nothing = q === "" ? "Type a part of a name." : `Nothing is called “${q}”.`;
    return { page: "search", head: { title: "Search" }, view: { q, found, nothing } };
  });
  portal.data("/search.json", "signed-in", async (asked) => ({ found: await find(asked) }));
}

const rooms = (principal: Principal): Found[] =>
  roomsFor(principal, { here: "" })
    .flatMap((group) => group.rooms)
    .map(({ href, label }) => ({ href, label, kind: "page" }));
