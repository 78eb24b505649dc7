/**
 * JSON with line numbers: the value, and the line on which each part of it begins.
 * It accepts exactly what JSON.parse accepts, except that the same key twice in one object is a
 * fault (JSON.parse silently keeps the last) and that nesting is bounded.
 */
import { InputError, type InputFault, quoted, refuseFaults } from "../domain/input-fault.ts";

export type JsonPath = readonly PropertyKey[];

export type JsonText = {
  readonly value: unknown;
  /** The line of the part at the path, or of its nearest parent that is there. */
  lineOf(path: JsonPath): number;
};

const DEPTH_MAX = 64;
const SPACE = /[ \t\r\n]*/y;
const LITERAL = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null/y;

/** Throws BAD_INPUT with the line and what is expected there. */
export function parseJsonText(file: string, text: string): JsonText {
  const reader = new JsonReader(file, text);
  const value = reader.document();
  refuseFaults(reader.faults);
  return {
    value,
    lineOf(path) {
      for (let length = path.length; length > 0; length -= 1) {
        const line = reader.lines.get(keyOfPath(path.slice(0, length)));
        if (line !== undefined) return line;
      }
      return reader.lines.get("") ?? 1;
    },
  };
}

function keyOfPath(path: JsonPath): string {
  return path.map((part) => `/${JSON.stringify(String(part))}`).join("");
}

class JsonReader {
  readonly faults: InputFault[] = [];
  readonly lines = new Map<string, number>();
  private readonly file: string;
  private readonly text: string;
  private position = 0;
  private line = 1;

  constructor(file: string, text: string) {
    this.file = file;
    this.text = text;
  }

  document(): unknown {
    const value = this.value("", 0);
    this.skipSpace();
    if (this.position < this.text.length) throw this.unexpected("the end of the file");
    return value;
  }

  private value(path: string, depth: number): unknown {
    this.skipSpace();
    this.lines.set(path, this.line);
    if (depth > DEPTH_MAX) throw this.unexpected(`at most ${DEPTH_MAX} levels of nesting`);
    const next = this.text[this.position];
    if (next === "{") return this.object(path, depth);
    if (next === "[") return this.array(path, depth);
    if (next === '"') return this.string();
    const token = this.token(LITERAL);
    if (token === null) throw this.unexpected("a JSON value");
    return JSON.parse(token);
  }

  private object(path: string, depth: number): unknown {
    const entries = new Map<string, unknown>();
    this.position += 1;
    if (this.takes("}")) return {};
    do {
      this.skipSpace();
      if (this.text[this.position] !== '"') throw this.unexpected("a key in double quotes");
      const key = this.string();
      if (entries.has(key)) this.refuseTwice(key);
      if (!this.takes(":")) throw this.unexpected("a colon after the key");
      entries.set(key, this.value(`${path}/${JSON.stringify(key)}`, depth + 1));
    } while (this.takes(","));
    if (!this.takes("}")) throw this.unexpected("a comma or the end of the object");
    return Object.fromEntries(entries);
  }

  private array(path: string, depth: number): unknown[] {
    const items: unknown[] = [];
    this.position += 1;
    if (this.takes("]")) return items;
    do {
      items.push(this.value(`${path}/"${items.length}"`, depth + 1));
    } while (this.takes(","));
    if (!this.takes("]")) throw this.unexpected("a comma or the end of the list");
    return items;
  }

  private string(): string {
    let end = this.position + 1;
    while (end < this.text.length && this.text[end] !== '"') end += this.text[end] === "\\" ? 2 : 1;
    try {
      const value: unknown = JSON.parse(this.text.slice(this.position, end + 1));
      this.position = end + 1;
      return String(value);
    } catch (cause) {
      throw this.unexpected("a string that ends on its line, with legal escapes", cause);
    }
  }

  private token(pattern: RegExp): string | null {
    pattern.lastIndex = this.position;
    const found = pattern.exec(this.text)?.[0] ?? "";
    this.position += found.length;
    return found === "" ? null : found;
  }

  private takes(mark: string): boolean {
    this.skipSpace();
    if (this.text[this.position] !== mark) return false;
    this.position += 1;
    return true;
  }

  private skipSpace(): void {
    const space = this.token(SPACE) ?? "";
    this.line += space.split("\n").length - 1;
  }

  private refuseTwice(key: string): void {
    const { file, line } = this;
    const expected = "each key once in an object";
    this.faults.push({ file, line, wrong: "a key is there twice", found: quoted(key), expected });
  }

  private unexpected(expected: string, cause?: unknown): InputError {
    const { file, line } = this;
    const rest = this.text.slice(this.position, this.position + 20).split("\n")[0] ?? "";
    const ended = this.position >= this.text.length;
    const found = ended ? "the end of the file" : quoted(rest);
    return new InputError([{ file, line, wrong: "this is not JSON", found, expected }], { cause });
  }
}
