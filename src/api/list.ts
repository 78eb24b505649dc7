/** A list's answer from a page of records. */
import type { Page, PageRequest } from "../records/page.ts";
import { cursorOf, placeOf } from "./cursor.ts";
import type { PageQuery } from "./schema.ts";

export async function listOf(
  list: string,
  { limit, cursor }: PageQuery,
  read: (page: PageRequest) => Promise<Page>,
): Promise<unknown> {
  const { rows, next } = await read({ limit, after: placeOf(list, cursor) });
  const next_cursor = next === null ? null : cursorOf(list, next);
  return { data: rows, has_more: next !== null, next_cursor };
}
