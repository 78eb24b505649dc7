/**
 * The content lines of an iCalendar file (RFC 5545, section 3.1): folded lines are joined, and a
 * line is a name, parameters and a value.
 */
import { type InputFault, quoted } from "../domain/input-fault.ts";

export type IcsLine = {
  /** The physical line on which it begins, from 1. */
  readonly line: number;
  /** Upper case. */
  readonly name: string;
  /** Names upper case, values without their quotes. */
  readonly params: ReadonlyMap<string, string>;
  /** As it stands, escapes included. */
  readonly value: string;
};

const NAME = /^[A-Za-z0-9-]+/;
const PARAM = /;([A-Za-z0-9-]+)=((?:"[^"]*"|[^";:,])*(?:,(?:"[^"]*"|[^";:,])*)*)/y;

export function readIcsLines(
  file: string,
  text: string,
): { readonly lines: readonly IcsLine[]; readonly faults: readonly InputFault[] } {
  const lines: IcsLine[] = [];
  const faults: InputFault[] = [];
  for (const { line, content } of unfolded(text)) {
    const read = readLine(line, content);
    if (read !== null) lines.push(read);
    else {
      const expected = "a name, then a colon and a value, such as DTSTART:20250307T133000Z";
      faults.push({
        file,
        line,
        wrong: "the line is none of iCalendar",
        found: quoted(content),
        expected,
      });
    }
  }
  return { lines, faults };
}

/** TEXT without its escapes. */
export function unescapeText(value: string): string {
  return value.replace(/\\([\\;,nN])/g, (_, mark: string) => (/n/i.test(mark) ? "\n" : mark));
}

/** The members of a list of TEXT, split at commas that are not escaped. */
export function splitTextList(value: string): readonly string[] {
  return (value.match(/(?:\\.|[^\\,])+/gs) ?? []).map((part) => unescapeText(part).trim());
}

function unfolded(text: string): { readonly line: number; readonly content: string }[] {
  const result: { line: number; parts: string[] }[] = [];
  for (const [index, physical] of text.split(/\r\n|\n|\r/).entries()) {
    const last = result.at(-1);
    if (/^[ \t]/.test(physical) && last !== undefined) last.parts.push(physical.slice(1));
    else if (physical.trim() !== "") result.push({ line: index + 1, parts: [physical] });
  }
  return result.map(({ line, parts }) => ({ line, content: parts.join("") }));
}

function readLine(line: number, content: string): IcsLine | null {
  const name = NAME.exec(content)?.[0];
  if (name === undefined) return null;
  const params = new Map<string, string>();
  let at = name.length;
  for (;;) {
    PARAM.lastIndex = at;
    const match = PARAM.exec(content);
    if (match === null) break;
    params.set((match[1] ?? "").toUpperCase(), (match[2] ?? "").replaceAll('"', ""));
    at = PARAM.lastIndex;
  }
  if (content[at] !== ":") return null;
  return { line, name: name.toUpperCase(), params, value: content.slice(at + 1) };
}
