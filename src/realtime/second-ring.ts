/**
 * Numbers by second: the last hour, and a few minutes ahead for clocks that run fast. A late event changes its own second; one
 * from before the hour changes nothing here.
 *
 * A slot is a second modulo the ring's size; `seconds` says whose second the slot holds, so that nothing has to be cleared as
 * time goes on.
 */
import { AHEAD_SECONDS, RING_SECONDS } from './limits.js';

const SIZE = RING_SECONDS + AHEAD_SECONDS;

export class SecondRing {
  private readonly values = new Float64Array(SIZE);
  private readonly seconds = new Int32Array(SIZE).fill(-1);

  /** Adds to a second, if it lies within the ring as of `now` (a second). */
  add(second: number, value: number, now: number): void {
    if (second <= now - RING_SECONDS || second > now + AHEAD_SECONDS) return;
    const slot = second % SIZE;
    if (this.seconds[slot] !== second) {
      this.seconds[slot] = second;
      this.values[slot] = 0;
    }
    this.values[slot]! += value;
  }

  read(second: number): number {
    const slot = second % SIZE;
    return this.seconds[slot] === second ? this.values[slot]! : 0;
  }

  /** Sum of the `length` seconds that end with `now`, it included. */
  sum(length: number, now: number): number {
    let sum = 0;
    for (let second = now - length + 1; second <= now; second++) sum += this.read(second);
    return sum;
  }
}
