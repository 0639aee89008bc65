/**
 * What becomes of one rule (and one value of its dimension) as it is looked at again and again.
 *
 *   ok         it never fired
 *   pending    the condition is met, not yet for as long as the rule says
 *   firing     it was met for that long: an incident is open, one at a time
 *   resolved   it fired once and the condition is no longer met
 *
 *   ok, resolved --met--> pending --met for `forMs`--> firing --not met--> resolved
 *   pending --not met--> ok or resolved, where it came from
 *   pending --not looked at for longer than `gapMs`--> pending anew: nobody knows what was in between
 *
 * Of an incident people are told once that it began, when no silence holds them off; who was told so is told once that it
 * ended, silence or not. A clock that goes back stands still here.
 */

export type AlertStatus = 'ok' | 'pending' | 'firing' | 'resolved';

export interface GroupState {
  readonly status: AlertStatus;
  /** Since when it has the status, ms. */
  readonly since: number;
  /** When it was last looked at, ms. */
  readonly seenAt: number;
  /** The open incident, or the last one: when it began to fire, ms, as text; '' before the first. */
  readonly incident: string;
  /** Whether anybody was told that the open incident began. */
  readonly isTold: boolean;
  readonly value: number | null;
}

export interface Observation {
  readonly isMet: boolean;
  readonly value: number | null;
}

export interface Patience {
  /** How long the condition must hold, ms. */
  readonly forMs: number;
  /** The longest time between two looks that still counts as having looked, ms. */
  readonly gapMs: number;
}

export interface Transition {
  readonly from: AlertStatus;
  readonly to: AlertStatus;
  readonly at: number;
  readonly incident: string;
}

export type MessageKind = 'firing' | 'resolved';

export interface Advanced {
  readonly state: GroupState;
  readonly transitions: readonly Transition[];
  /** What people are told, at most one thing. */
  readonly message: MessageKind | undefined;
}

export const createState = (nowMs: number): GroupState => ({
  status: 'ok',
  since: nowMs,
  seenAt: nowMs,
  incident: '',
  isTold: false,
  value: null,
});

/** One look. `isSilenced`: nobody is to be told that something began. */
export function advance(
  before: GroupState,
  { isMet, value }: Observation,
  { forMs, gapMs }: Patience,
  { nowMs, isSilenced }: { nowMs: number; isSilenced: boolean },
): Advanced {
  const at = Math.max(nowMs, before.seenAt);
  const transitions: Transition[] = [];
  let { status, since, incident, isTold } = before;
  const move = (to: AlertStatus): void => {
    // Incidents of one rule have different names even when the clock stands still.
    if (to === 'firing') incident = String(Math.max(at, Number(incident) + 1));
    transitions.push({ from: status, to, at, incident });
    status = to;
    since = at;
  };

  if (status === 'pending' && at - before.seenAt > gapMs) since = at;
  if (isMet) {
    if (status === 'ok' || status === 'resolved') move(forMs > 0 ? 'pending' : 'firing');
    else if (status === 'pending' && at - since >= forMs) move('firing');
  } else if (status === 'firing') move('resolved');
  else if (status === 'pending') move(incident === '' ? 'ok' : 'resolved');

  let message: MessageKind | undefined;
  if (status === 'firing' && !isTold && !isSilenced) {
    message = 'firing';
    isTold = true;
  } else if (status !== 'firing' && isTold) {
    message = 'resolved';
    isTold = false;
  }
  return { state: { status, since, seenAt: at, incident, isTold, value }, transitions, message };
}
