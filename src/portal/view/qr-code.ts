/** A text as a picture that a telephone reads: what an SVG needs of it. */
import { encode } from "uqr";

/** As wide and high as `size`; `path` are the dark squares, a row's neighbours joined. */
export type QrCode = { readonly size: number; readonly path: string };

const BORDER = 2;

export function qrCode(text: string): QrCode {
  const { size, data } = encode(text, { ecc: "M", border: BORDER });
  const rows = data.map((row, y) =>
    runsOf(row).map(([x, width]) => `M${x} ${y}h${width}v1h-${width}z`),
  );
  return { size, path: rows.flat().join("") };
}

/** Where each run of dark squares begins, and how many there are. */
function runsOf(row: readonly boolean[]): [number, number][] {
  const runs: [number, number][] = [];
  for (const [x, dark] of row.entries()) {
    const last = runs.at(-1);
    if (!dark) continue;
    if (last !== undefined && last[0] + last[1] === x) last[1] += 1;
    else runs.push([x, 1]);
  }
  return runs;
}
