/** What /healthz answers: 200 where every check passes, 503 with the ones that do not. */
import type { Context } from "hono";

type HealthCheck = {
  readonly name: string;
  readonly ok: boolean;
  /** What is wrong, or the state it is in. */
  readonly words: string;
};

export type Health = () => Promise<readonly HealthCheck[]>;

export async function answerHealth(context: Context, health: Health): Promise<Response> {
  const checks = await health();
  const ok = checks.every((check) => check.ok);
  context.header("Cache-Control", "no-store");
  return context.json({ status: ok ? "ok" : "failing", checks }, ok ? 200 : 503);
}
