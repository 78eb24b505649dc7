/**
 * What the hub has asked a terminal and waits for: answers of many lines by id, outcomes by key.
 * Invariants: an answer is given whole or not at all; after the link has gone, what was sent is
 * unknown and what was asked is GATEWAY_DOWN; nothing waits longer than its time.
 */
import { LockstepError } from "../../domain/errors.ts";
import type { Instant } from "../../domain/instant.ts";
import type { CloseByInstruction, Instruction, Outcome } from "../../domain/instruction.ts";
import { Refusal } from "./refusals.ts";
import type { SessionUp, Up } from "./wire.ts";

const LINES_MAX = 100_000;

export type AnswerLine = Extract<SessionUp, { readonly id: number }>;
export type Asked = "look" | "symbols" | "history" | "payments" | "find" | "quote?";

/** Which lines may answer what. */
const ANSWERS: Readonly<Record<Asked, ReadonlySet<string>>> = {
  look: new Set(["snapshot", "holding", "pending"]),
  symbols: new Set(["symbol"]),
  history: new Set(["past"]),
  payments: new Set(["paid"]),
  find: new Set(["found"]),
  "quote?": new Set(["price"]),
};

export type Answer = {
  readonly lines: readonly AnswerLine[];
  /** The last event that was told when the first line came: what the answer contains. */
  readonly sequence: number;
};

type Question = {
  readonly asked: Asked;
  readonly until: Instant;
  readonly lines: AnswerLine[];
  sequence: number;
  resolve(answer: Answer): void;
  reject(error: Error): void;
};

type Sent = {
  readonly instruction: Instruction | CloseByInstruction;
  readonly until: Instant;
  resolve(outcome: Up<"outcome"> | null): void;
};

export class Requests {
  readonly #questions = new Map<number, Question>();
  readonly #sent = new Map<string, Sent>();
  #last = 0;

  get inFlight(): number {
    return this.#sent.size;
  }

  /** `send` is given the id to ask with. */
  ask(asked: Asked, until: Instant, send: (id: number) => void): Promise<Answer> {
    this.#last += 1;
    const id = this.#last;
    return new Promise((resolve, reject) => {
      this.#questions.set(id, { asked, until, lines: [], sequence: 0, resolve, reject });
      send(id);
    });
  }

  /** What the terminal answers, or null where the answer is lost. */
  sent(
    instruction: Instruction | CloseByInstruction,
    until: Instant,
  ): Promise<Up<"outcome"> | null> {
    return new Promise((resolve) => {
      this.#sent.set(instruction.key, { instruction, until, resolve });
    });
  }

  /** Throws WRONG_STATE for an answer to what was never asked; a late one is passed over. */
  answered(line: AnswerLine, sequence: number): void {
    if (line.id > this.#last) throw new Refusal("WRONG_STATE", "nothing was asked by this id");
    const question = this.#questions.get(line.id);
    if (question === undefined) return;
    if (line.t === "end") {
      this.#end(question, line);
      return;
    }
    if (!ANSWERS[question.asked].has(line.t)) {
      throw new Refusal("WRONG_STATE", `${line.t} does not answer ${question.asked}`);
    }
    if (question.lines.length === 0) question.sequence = sequence;
    question.lines.push(line);
    if (question.lines.length > LINES_MAX) throw new Refusal("TOO_FAST", "an answer is too long");
    if (question.asked === "find" || question.asked === "quote?") {
      this.#questions.delete(line.id);
      question.resolve(question);
    }
  }

  #end(question: Question, end: Up<"end">): void {
    const { asked, lines, reject } = question;
    this.#questions.delete(end.id);
    if (end.ok !== 1) {
      reject(new LockstepError("GATEWAY_DOWN", { asked, reason: end.why }));
      return;
    }
    const counted = lines.filter(({ t }) => t !== "snapshot").length;
    if (counted !== end.count) {
      reject(new LockstepError("GATEWAY_DOWN", { asked, reason: "lines are missing" }));
      throw new Refusal("WRONG_STATE", "the count of an answer is not that of its lines");
    }
    question.resolve(question);
  }

  /** False where no such instruction waits: it is looked up by its key. Throws STALE_FENCE. */
  outcome(line: Up<"outcome">): boolean {
    const sent = this.#sent.get(line.key);
    if (sent === undefined) return false;
    if (sent.instruction.fence !== line.fence) throw new Refusal("STALE_FENCE");
    this.#sent.delete(line.key);
    sent.resolve(line);
    return true;
  }

  expire(now: Instant): void {
    for (const [key, sent] of this.#sent) {
      if (sent.until > now) continue;
      this.#sent.delete(key);
      sent.resolve(null);
    }
    for (const [id, { asked, until, reject }] of this.#questions) {
      if (until > now) continue;
      this.#questions.delete(id);
      reject(new LockstepError("GATEWAY_DOWN", { asked, reason: "no answer in time" }));
    }
  }

  close(): void {
    this.expire(Number.POSITIVE_INFINITY);
  }
}

/** What is known of an instruction whose answer did not come. */
export function unanswered(instruction: Instruction | CloseByInstruction, at: Instant): Outcome {
  const { positionId } = instruction;
  const nothing = { brokerCode: null, orderId: null, filled: 0n, price: null };
  return { status: "unknown", code: "IN_FLIGHT", ...nothing, positionId, at };
}
