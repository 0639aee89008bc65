/** The stage that asks whether an event may be stored: its envelope, its size, and its type's rules. */
import type { JsonObject } from '../event/json.js';
import { EVENT_KEYS_MAX, TIMESTAMP_AHEAD_MAX_MS, TIMESTAMP_MIN_MS } from '../event/limits.js';
import { type Survey, surveyValue } from '../event/survey.js';
import { judgeEvent, type Verdict } from '../registry/rules.js';
import type { Draft, PayloadFacts } from './draft.js';
import type { Judgement } from './judgement.js';

export function validate(draft: Draft, payload: PayloadFacts, judgement: Judgement): void {
  checkPerson(draft);
  checkTimestamp(draft, payload.receivedAtMs);
  checkKeys(draft, draft.properties, 'properties');
  checkKeys(draft, draft.context, 'context');
  if (draft.problems === undefined) applyRules(draft, payload.project, judgement);
}

function checkPerson(draft: Draft): void {
  if (draft.userId === '' && draft.anonymousId === '' && draft.problems === undefined) {
    draft.fail('missing_user', 'user_id', 'give "user_id", or "anonymous_id" for somebody not known yet');
  }
}

function checkTimestamp(draft: Draft, receivedAtMs: number): void {
  const { timestampMs } = draft;
  if (timestampMs >= TIMESTAMP_MIN_MS && timestampMs <= receivedAtMs + TIMESTAMP_AHEAD_MAX_MS) return;
  if (Number.isNaN(timestampMs)) return;
  const message =
    timestampMs < TIMESTAMP_MIN_MS
      ? `"timestamp" lies before 1990${timestampMs > 631_152_000 ? '; numbers are milliseconds since 1970, not seconds' : ''}`
      : '"timestamp" lies more than 24 hours ahead of the time of receipt';
  draft.fail('timestamp_out_of_range', 'timestamp', message);
}

/** The fewest bytes a key, or an object in a list, takes: `"":1,` or `{},`. */
const BYTES_A_KEY = 3;

/** Counting walks through everything, so it is left out where the number cannot be reached. */
function checkKeys(draft: Draft, object: JsonObject, path: string): void {
  if (draft.bytes <= EVENT_KEYS_MAX * BYTES_A_KEY) return;
  const survey: Survey = { keys: 0, nestedElements: 0, suspect: false };
  surveyValue(object, survey);
  const count = survey.keys + survey.nestedElements;
  if (count <= EVENT_KEYS_MAX) return;
  const message = `"${path}" has ${count} keys and objects in lists at all depths; ${EVENT_KEYS_MAX} is the most`;
  draft.fail('too_many_properties', path, message);
}

function applyRules(draft: Draft, project: string, judgement: Judgement): void {
  const { rules, scope } = judgement;
  applyVerdict(draft, judgeEvent(rules, project, draft.event, draft.properties, scope), judgement);
}

/** Does to an event what its type's mode says about its problems. */
export function applyVerdict(
  draft: Draft,
  verdict: Verdict,
  { observed }: Pick<Judgement, 'observed'>,
): void {
  if (verdict.problems.length === 0) return;
  if (verdict.action === 'store') {
    observed.set(draft.event, (observed.get(draft.event) ?? 0) + 1);
    if (verdict.mode !== 'warn') return;
    const problems = verdict.problems.map(({ code, path, message }) => ({ code, path, message }));
    draft.context = { ...draft.context, schema_problems: problems };
    return;
  }
  draft.quarantined = verdict.action === 'quarantine';
  for (const { code, path, message } of verdict.problems) draft.fail(code, path, message);
}
