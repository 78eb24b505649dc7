/**
 * Walks over the bytes of a tick file without making a string of each cell: most of the time of
 * reading a day of quotes would go there.
 * Invariants: a price is exact, an integer of 1e-8 that a double holds without loss; every `take`
 * leaves the position behind its separator; what cannot be read is NaN, never a guess.
 */
export const COMMA = 44;
export const LF = 10;
const [CR, DOT, ZERO, NINE] = [13, 46, 48, 57] as const;

export const TIME_MAX = 8_640_000_000_000_000;
export const PRICE_MAX = 90_000_000;
const UNITS_MAX = PRICE_MAX * 1e8;
const PRICE_DIGITS_MAX = 8;
const SCALES = [1e8, 1e7, 1e6, 1e5, 1e4, 1e3, 1e2, 1e1, 1];

export class TickScanner {
  /** The present line, from 1. */
  line = 0;
  private readonly bytes: Uint8Array;
  private position: number;
  private lineStart = 0;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
    const marked = bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf;
    this.position = marked ? 3 : 0;
  }

  /** Moves to the next line that is not blank; false at the end. */
  nextLine(): boolean {
    while (this.position < this.bytes.length) {
      this.line += 1;
      this.lineStart = this.position;
      if (this.bytes[this.position] === CR) this.position += 1;
      if (this.bytes[this.position] !== LF) {
        this.position = this.lineStart;
        return this.position < this.bytes.length;
      }
      this.position += 1;
    }
    return false;
  }

  takeLine(): string {
    this.line += 1;
    this.lineStart = this.position;
    const text = this.lineText();
    const end = this.bytes.indexOf(LF, this.position);
    this.position = end < 0 ? this.bytes.length : end + 1;
    return text;
  }

  lineText(): string {
    const end = this.bytes.indexOf(LF, this.lineStart);
    const line = this.bytes.subarray(this.lineStart, end < 0 ? this.bytes.length : end);
    return new TextDecoder().decode(line).replace(/\r$/, "");
  }

  /** Whole digits up to the comma, or NaN. */
  takeTime(): number {
    const start = this.position;
    const value = this.takeDigits();
    const legal = this.position > start && value <= TIME_MAX && this.takeSeparator(COMMA);
    return legal ? value : Number.NaN;
  }

  /** A decimal as an integer of 1e-8 up to the separator, or NaN. */
  takePrice(separator: typeof COMMA | typeof LF): number {
    const start = this.position;
    const whole = this.takeDigits();
    let legal = this.position > start;
    let fraction = 0;
    if (this.bytes[this.position] === DOT) {
      this.position += 1;
      const first = this.position;
      const digits = this.takeDigits();
      const places = this.position - first;
      legal = legal && places > 0 && places <= PRICE_DIGITS_MAX;
      fraction = digits * (SCALES[places] ?? 1);
    }
    const value = whole * 1e8 + fraction;
    return legal && value < UNITS_MAX && this.takeSeparator(separator) ? value : Number.NaN;
  }

  private takeDigits(): number {
    let value = 0;
    for (;;) {
      const byte = this.bytes[this.position] ?? 0;
      if (byte < ZERO || byte > NINE) return value;
      value = value * 10 + (byte - ZERO);
      this.position += 1;
    }
  }

  /** A line may end in LF, CRLF or the file's end. */
  private takeSeparator(separator: number): boolean {
    if (separator === LF && this.bytes[this.position] === CR) this.position += 1;
    const ends = separator === LF && this.position >= this.bytes.length;
    if (!ends && this.bytes[this.position] !== separator) return false;
    this.position += 1;
    return true;
  }
}
