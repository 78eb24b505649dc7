/** Work under an Idempotency-Key: done once, and answered alike to whoever asks again. */
import type { IdempotencyService } from "../idempotency/service.ts";
import { type Written, writeProblem } from "./answer.ts";
import { ApiError } from "./errors.ts";

type Asked = {
  readonly place: Parameters<IdempotencyService["begin"]>[0];
  readonly requestHash: string;
  readonly requestId: string;
  readonly path: string;
  /** The answer shows a secret. */
  readonly isSecret: boolean;
};

const REPLAYED = { "Idempotent-Replayed": "true" };

export async function withKey(
  service: IdempotencyService,
  asked: Asked,
  work: () => Promise<Written>,
): Promise<Written> {
  const begun = await service.begin(asked.place, asked.requestHash);
  switch (begun.state) {
    case "new":
      return first(service, asked, work);
    case "answered":
      return { ...begun.answer, headers: REPLAYED };
    case "in-flight":
      throw new ApiError("IDEMPOTENCY_IN_FLIGHT", "Ask again in a moment with the same key.", {
        headers: { "Retry-After": "1" },
      });
    case "mismatch":
      throw new ApiError("IDEMPOTENCY_MISMATCH", "Send a new key with a new request.");
    case "unknown":
      throw new ApiError(
        "IDEMPOTENCY_UNKNOWN",
        "The hub stopped while it worked on it. Look what is there, then ask with a new key.",
      );
  }
}

/** A refusal did nothing and leaves the key free; a fault may have done something, and is kept. */
async function first(
  service: IdempotencyService,
  { place, requestId, path, isSecret }: Asked,
  work: () => Promise<Written>,
): Promise<Written> {
  try {
    const written = await work();
    await service.answered(place, written, isSecret);
    return written;
  } catch (error) {
    const problem = writeProblem(error, { requestId, path });
    if (problem.status < 500 || problem.status === 503) await service.release(place);
    else await service.answered(place, problem);
    throw error;
  }
}
