/** A cursor: the place of the last row of a page, as text that only its own list understands. */
import { ApiError } from "./errors.ts";

const PARTS_MAX = 4;

export function cursorOf(list: string, place: readonly string[]): string {
  return Buffer.from(JSON.stringify([list, ...place])).toString("base64url");
}

/** MALFORMED where it is not a cursor of this list with this many parts. */
export function placeOf(list: string, cursor: string | undefined): readonly string[] | null {
  if (cursor === undefined) return null;
  const [name, ...place] = partsOf(cursor);
  if (name !== list || place.length === 0 || place.length > PARTS_MAX) throw notOurs();
  return place;
}

function partsOf(cursor: string): readonly string[] {
  try {
    const parts: unknown = JSON.parse(Buffer.from(cursor, "base64url").toString());
    if (Array.isArray(parts) && parts.every((part) => typeof part === "string")) return parts;
  } catch {
    // Told below: to a client it is the same whether it is no JSON or no list.
  }
  throw notOurs();
}

const notOurs = (): ApiError =>
  new ApiError("MALFORMED", "The cursor is not one of this list: begin again without it.");
