/** The names of the tests' databases. */
export const TEMPLATE = "lockstep_template";

/** The same server's URL with another database. */
export function urlOf(url: string, database: string): string {
  const other = new URL(url);
  other.pathname = `/${database}`;
  return other.href;
}
