/** A fault schedule: what is done to which process when, all drawn from one seed, so that any schedule can be replayed. */

/** What a fault strikes. `everything` is every process at once, the supervisor included: a machine that lost its power switch. */
export const TARGETS = ['api', 'ingest', 'engine', 'redis', 'postgres', 'everything'] as const;
export type Target = (typeof TARGETS)[number];

export interface Fault {
  /** Milliseconds after the schedule's start. */
  atMs: number;
  target: Target;
  /** `kill` is SIGKILL; `hang` is SIGSTOP, and SIGCONT after `hangMs`. */
  kind: 'kill' | 'hang';
  hangMs: number;
}

export interface Schedule {
  seed: number;
  durationMs: number;
  /** Whether a fault strikes at its time although the one before is not over. Recovery is only timed when not. */
  overlapping: boolean;
  faults: readonly Fault[];
}

/** A seeded generator of numbers in [0, 1): mulberry32. */
export function createRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

/** Share of faults that stop a process for a while instead of killing it. */
const HANG_SHARE = 0.2;
/** Longer than the lease of a partition, so that a hung consumer loses it. */
const HANG_MS_MAX = 12_000;
/** Share of schedules whose faults fall into each other's recovery. */
const OVERLAPPING_SHARE = 0.4;
/** Faults come at least this far apart: two at once are what `everything` is for. */
const FAULT_SPACING_MS = 500;

/** Draws a schedule: one to four faults in the first three quarters of `durationMs`. */
export function drawSchedule(seed: number, durationMs: number): Schedule {
  const random = createRandom(seed);
  const count = 1 + Math.floor(random() * 4);
  const times = Array.from({ length: count }, () => Math.floor(random() * durationMs * 0.75)).sort(
    (a, b) => a - b,
  );
  const faults = times.map((time, index): Fault => {
    const target = TARGETS[Math.floor(random() * TARGETS.length)]!;
    const hang = random() < HANG_SHARE && target !== 'everything';
    return {
      atMs: Math.max(time, index === 0 ? 0 : times[index - 1]! + FAULT_SPACING_MS),
      target,
      kind: hang ? 'hang' : 'kill',
      hangMs: Math.floor(500 + random() * (HANG_MS_MAX - 500)),
    };
  });
  const overlapping = count > 1 && random() < OVERLAPPING_SHARE;
  return { seed, durationMs, overlapping, faults };
}

/** A schedule with one kill of `target` and nothing else, at a time drawn from the seed: for its recovery alone. */
export function drawKill(seed: number, durationMs: number, target: Target): Schedule {
  const atMs = Math.floor(createRandom(seed)() * durationMs * 0.75);
  return { seed, durationMs, overlapping: false, faults: [{ atMs, target, kind: 'kill', hangMs: 0 }] };
}

/** One line a person can read: "0.8 s kill engine, 2.1 s hang ingest for 9.3 s". */
export const describeSchedule = (schedule: Schedule): string =>
  (schedule.overlapping ? 'overlapping: ' : '') +
  schedule.faults
    .map(
      (f) =>
        `${(f.atMs / 1000).toFixed(1)} s ${f.kind} ${f.target}${f.kind === 'hang' ? ` for ${(f.hangMs / 1000).toFixed(1)} s` : ''}`,
    )
    .join(', ');
