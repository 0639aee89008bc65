/**
 * An answer that is asked of the engine again when events of its project came: at most once a second, with rests between, and
 * once however many look at it.
 */
import { EngineError } from '../errors.js';
import { REQUERY_IDLE_MS, REQUERY_MS, REQUERY_REST } from './limits.js';

export class Requery<T> {
  private answer: T | undefined;
  private running: Promise<void> | undefined;
  private timer: NodeJS.Timeout | undefined;
  private isStale = true;
  private isClosed = false;
  private nextAt = 0;
  private askedAt = Number.NEGATIVE_INFINITY;

  constructor(
    private readonly ask: () => Promise<T>,
    private readonly onAnswer: () => void,
    private readonly onEngine: (isAnswering: boolean) => void,
  ) {}

  get value(): T | undefined {
    return this.answer;
  }

  /** Resolves after the first answer, or the first failure. */
  async first(): Promise<void> {
    if (this.answer === undefined) {
      this.touch();
      await this.running;
    }
  }

  /** Something came that may change the answer. */
  touch(): void {
    this.isStale = true;
    if (this.running || this.timer || this.isClosed) return;
    const waitMs = this.nextAt - performance.now();
    if (waitMs <= 0) this.run();
    else
      this.timer = setTimeout(() => {
        this.timer = undefined;
        this.run();
      }, waitMs);
  }

  /** Windows slide although nothing came. */
  tick(): void {
    if (performance.now() - this.askedAt >= REQUERY_IDLE_MS) this.touch();
  }

  private run(): void {
    this.isStale = false;
    this.askedAt = performance.now();
    const startedAt = performance.now();
    this.running = this.ask()
      .then(
        (answer) => {
          this.answer = answer;
          this.onEngine(true);
          this.onAnswer();
        },
        (error: unknown) => {
          this.isStale = true;
          if (error instanceof EngineError && error.retryable) this.onEngine(false);
        },
      )
      .finally(() => {
        this.running = undefined;
        const tookMs = performance.now() - startedAt;
        this.nextAt = performance.now() + Math.max(REQUERY_MS - tookMs, tookMs * REQUERY_REST);
        if (this.isStale && !this.isClosed) this.touch();
      });
  }

  close(): void {
    this.isClosed = true;
    clearTimeout(this.timer);
  }
}
