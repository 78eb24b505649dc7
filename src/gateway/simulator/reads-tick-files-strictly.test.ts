import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { formatFixed } from "../../domain/fixed.ts";
import { InputError, type InputFault } from "../../domain/input-fault.ts";
import { loadTicks, parseTicks, symbolOfFile } from "./tick-file.ts";

const parse = (text: string, file = "eurusd-a.csv") => parseTicks(file, Buffer.from(text));

function faultsOf(run: () => unknown): readonly InputFault[] {
  try {
    run();
  } catch (error) {
    if (error instanceof InputError) return error.faults;
    throw error;
  }
  return [];
}

describe("what is legal", () => {
  test("prices are exact, locked and crossed quotes stay, the last of a millisecond wins", () => {
    const series = parse(
      "time_ms,bid,ask\n5,1.39248,1.39250\n7,1.1,1.1\n7,1.3,1.2\n8,90,90.00000001\n",
    );
    expect([...series.times]).toEqual([5, 7, 8]);
    expect([...series.bids].map(BigInt)).toEqual([139_248_000n, 130_000_000n, 9_000_000_000n]);
    expect([...series.asks].map(BigInt)).toEqual([139_250_000n, 120_000_000n, 9_000_000_001n]);
  });

  test("a byte order mark, CRLF, blank lines and no last line end change nothing", () => {
    const plain = parse("time_ms,bid,ask\n1,1.1,1.2\n2,1.3,1.4\n");
    const odd = parse("\ufefftime_ms,bid,ask\r\n\r\n1,1.1,1.2\r\n\r\n\n2,1.3,1.4");
    expect(odd).toEqual(plain);
  });

  test("any decimal of at most eight places is read as it is written", () => {
    const price = fc.bigInt({ min: 1n, max: 8_999_999_999_999_999n });
    fc.assert(
      fc.property(price, price, (bid, ask) => {
        const series = parse(`time_ms,bid,ask\n0,${formatFixed(bid)},${formatFixed(ask, 3)}\n`);
        expect([BigInt(series.bids[0] ?? 0), BigInt(series.asks[0] ?? 0)]).toEqual([bid, ask]);
      }),
    );
  });

  test("the symbol is the name up to the first dash, upper case", () => {
    expect(symbolOfFile("/data/some-where/xauusd-2014-05-07.csv.gz")).toBe("XAUUSD");
  });
});

describe("what is refused, with file, line, what is wrong and what is expected", () => {
  const row = (line: string) => `time_ms,bid,ask\n10,1.1,1.2\n\n${line}\n20,1.1,1.2\n`;
  test.each([
    ["time_ms,bid,ask,volume\n1,1,1,1\n", 1, "the header is wrong", "time_ms,bid,ask"],
    ["", 1, "the header is wrong", "time_ms,bid,ask"],
    ["time_ms,bid,ask\n", null, "the file has no quote", "at least one line"],
    [row("9,1.1,1.2"), 4, "time runs backwards", "10 or later"],
    [row("x,1.1,1.2"), 4, "time_ms is not a time", "milliseconds"],
    [row("1.5,1.1,1.2"), 4, "time_ms is not a time", "milliseconds"],
    [row("11,abc,1.2"), 4, "bid is not a price", "positive decimal"],
    [row("11,1.1,1e3"), 4, "ask is not a price", "positive decimal"],
    [row("11,1.1, 1.2"), 4, "ask is not a price", "positive decimal"],
    [row("11,0,1.2"), 4, "bid is not a price", "positive decimal"],
    [row("11,1.1,-1.2"), 4, "ask is not a price", "positive decimal"],
    [row("11,1.123456789,1.2"), 4, "bid is not a price", "at most 8 places"],
    [row("11,90000000,1.2"), 4, "bid is not a price", "under 90000000"],
    [row("11,1.,1.2"), 4, "bid is not a price", "positive decimal"],
    [row("11,1.1"), 4, "the line has not three columns", "time_ms,bid,ask"],
    [row("11,1.1,1.2,5"), 4, "the line has not three columns", "time_ms,bid,ask"],
  ])("%j", (text, line, wrong, expected) => {
    const [fault, ...others] = faultsOf(() => parse(text));
    expect(others).toEqual([]);
    expect(fault).toMatchObject({ file: "eurusd-a.csv", line, wrong });
    expect(fault?.expected).toContain(expected);
  });

  test("a name without a symbol", () => {
    expect(faultsOf(() => symbolOfFile("eurusd.csv"))).toMatchObject([{ file: "eurusd.csv" }]);
  });
});

describe("files together", () => {
  let directory = "";
  const put = async (name: string, bytes: string | Buffer): Promise<string> => {
    const path = join(directory, name);
    await writeFile(path, bytes);
    return path;
  };
  const loadFaults = async (files: string[]): Promise<readonly InputFault[]> =>
    loadTicks(files).then(
      () => [],
      (error) => (error instanceof InputError ? error.faults : Promise.reject(error)),
    );
  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), "lockstep-ticks-"));
  });
  afterAll(() => rm(directory, { recursive: true }));

  test("two days of one symbol are joined, whichever is named first", async () => {
    const second = await put("nzdusd-2.csv", "time_ms,bid,ask\n30,3,3\n40,4,4\n");
    const first = await put("nzdusd-1.csv.gz", gzipSync("time_ms,bid,ask\n10,1,1\n20,2,2\n"));
    const series = await loadTicks([second, first]);
    expect(series.map(({ symbol, times }) => [symbol, ...times])).toEqual([
      ["NZDUSD", 10, 20, 30, 40],
    ]);
  });

  test("overlapping files of one symbol are refused, the same file twice too", async () => {
    const first = await put("eurusd-1.csv", "time_ms,bid,ask\n10,1,1\n20,2,2\n");
    const second = await put("eurusd-2.csv", "time_ms,bid,ask\n20,3,3\n");
    expect(await loadFaults([first, second])).toMatchObject([
      { file: second, line: 2, found: "20", expected: "times after 20" },
    ]);
    expect(await loadFaults([first, first])).toMatchObject([{ file: first, found: "10" }]);
  });

  test("every faulty file is named: missing, a directory, a torn zip, a bad line", async () => {
    const zipped = gzipSync("time_ms,bid,ask\n10,1,1\n20,2,2\n");
    const torn = await put("eurusd-torn.csv.gz", zipped.subarray(0, -12));
    const bad = await put("eurusd-bad.csv", "time_ms,bid,ask\n10,1\n");
    const missing = join(directory, "xauusd-none.csv");
    const faults = await loadFaults([torn, bad, missing, directory]);
    expect(faults.map(({ file, line, wrong }) => [file, line, wrong])).toEqual([
      [torn, null, "the file cannot be unzipped"],
      [bad, 2, "the line has not three columns"],
      [missing, null, "the file is missing"],
      [directory, null, "the file cannot be read"],
    ]);
  });
});
