/**
 * Users' own stages among Weir's: which drafts are shown to plugins, and what their outcomes make of a draft. Running them is
 * somebody else's (plugin-call.ts); so this is pure, and costs nothing where there are no plugins.
 *
 * A changed event is remembered as it was said (`said`): its content hash is of that, so that a repeat is a repeat even when a
 * plugin answers otherwise the second time, or has a new version by then.
 */
import { isJsonObject, type JsonObject, type JsonValue } from '../event/json.js';
import { EVENT_NAME_LENGTH_MAX, ID_LENGTH_MAX } from '../event/limits.js';
import { judgeProblems, type RuleSet, type SchemaProblem } from '../registry/rules.js';
import { makeProblem, showValue } from '../registry/schema/describe-error.js';
import type { Draft, PayloadFacts } from './draft.js';
import { DERIVED_ID_PREFIX } from './enrich.js';
import type { Judgement } from './judgement.js';
import type { PluginCall, PluginDescriptor, PluginInput, PluginOutcome, PluginPlace } from './plugin-call.js';
import { findFault } from './plugin-fault.js';
import { applyVerdict } from './validate.js';

/** Events one event may become. */
const PARTS_MAX = 100;

const KIND_PLACES: Readonly<Record<PluginDescriptor['kind'], PluginPlace | undefined>> = {
  validate: 'check',
  enrich: 'change',
  drop: 'change',
  redact: 'change',
  split: 'change',
  validator: undefined,
};

/** The drafts a place's plugins want to see, and the call that shows them. Undefined: none. */
export interface PluginTurn {
  drafts: Draft[];
  call: PluginCall;
}

/** Who is to be called at a place. */
export function planTurn(
  place: PluginPlace,
  drafts: readonly Draft[],
  payload: PayloadFacts,
  plugins: readonly PluginDescriptor[],
  rules: RuleSet,
): PluginTurn | undefined {
  const wanting = plugins.filter(({ kind }) => KIND_PLACES[kind] === place);
  const wanted: Draft[] = [];
  const inputs: PluginInput[] = [];
  for (const draft of drafts) {
    if (draft.problems !== undefined || draft.dropped) continue;
    const validators =
      place === 'check' ? rules.find(payload.project, draft.event)?.pluginValidators : undefined;
    const hasValidators = validators !== undefined && validators.length > 0;
    if (!hasValidators && !wanting.some(({ events }) => events?.includes(draft.event) ?? true)) continue;
    wanted.push(draft);
    inputs.push({ event: showDraft(draft), ...(hasValidators ? { validators } : {}) });
  }
  if (wanted.length === 0) return undefined;
  const { project, receivedAtMs } = payload;
  return { drafts: wanted, call: { place, project, receivedAtMs, inputs } };
}

function showDraft(draft: Draft): JsonObject {
  const { event, properties, context } = draft;
  return {
    event,
    ...(draft.eventId === '' ? {} : { event_id: draft.eventId }),
    ...(draft.userId === '' ? {} : { user_id: draft.userId }),
    ...(draft.anonymousId === '' ? {} : { anonymous_id: draft.anonymousId }),
    ...(draft.sessionId === '' ? {} : { session_id: draft.sessionId }),
    ...(Number.isNaN(draft.timestampMs) ? {} : { timestamp: new Date(draft.timestampMs).toISOString() }),
    properties,
    context,
  };
}

/** Applies the outcomes of a turn. Answers the parts that split drafts became, by the draft they replace. */
export function applyTurn(
  { drafts, call }: PluginTurn,
  outcomes: readonly PluginOutcome[],
  judgement: Judgement,
): Map<Draft, Draft[]> {
  const parts = new Map<Draft, Draft[]>();
  drafts.forEach((draft, i) => {
    const outcome = outcomes[i] ?? {
      failed: { plugin: '', code: 'plugin_failed' as const, message: 'gave no outcome' },
    };
    if (outcome.failed) {
      const { plugin, code, message } = outcome.failed;
      draft.fail(code, '', `plugin "${plugin}": ${message}`);
    } else if (call.place === 'check') {
      applyCheck(draft, outcome, call.inputs[i]!, call.project, judgement);
    } else {
      const made = applyChange(draft, outcome);
      if (made) parts.set(draft, made);
    }
  });
  return parts;
}

function applyCheck(
  draft: Draft,
  { problems = [], validators = [] }: PluginOutcome,
  { validators: asked = [] }: PluginInput,
  project: string,
  judgement: Judgement,
): void {
  const broken: SchemaProblem[] = validators.flatMap((found, i) => {
    if (found === null) return [];
    if ('failure' in found) return [describeFailure(asked[i]?.name ?? '', found.failure)];
    const value = readPath(draft.properties, found.property);
    return [makeProblem(`properties.${found.property}`, found.expected, showValue(value))];
  });
  const mode = judgement.rules.find(project, draft.event)?.mode;
  if (mode !== undefined) applyVerdict(draft, judgeProblems(mode, broken), judgement);
  for (const { plugin, path, message } of problems)
    draft.fail('plugin_rejected', path, `plugin "${plugin}": ${message}`);
}

const describeFailure = (name: string, message: string): SchemaProblem => ({
  code: 'plugin_failed',
  path: 'properties',
  message: `plugin "${name}": ${message}`,
  expected: 'an answer',
  found: 'an error',
});

function readPath(properties: JsonObject, path: string): unknown {
  let value: unknown = properties;
  for (const part of path.split('.')) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, part)) return undefined;
    value = Reflect.get(value, part);
  }
  return value;
}

/** Takes the members a plugin made, or answers what is wrong with them. */
function takeMembers(draft: Draft, made: Readonly<Record<string, JsonValue>>): string | undefined {
  for (const member of ['properties', 'context'] as const) {
    const value = made[member];
    if (value === undefined) continue;
    if (!isJsonObject(value)) return `its ${member} is no object`;
    const fault = findFault(value);
    if (fault !== undefined) return `its ${member} has ${fault}`;
    draft[member] = value;
  }
  const ids = { user_id: 'userId', anonymous_id: 'anonymousId' } as const;
  for (const [member, field] of Object.entries(ids) as [keyof typeof ids, 'userId' | 'anonymousId'][]) {
    const value = made[member];
    if (value === undefined) continue;
    if (typeof value !== 'string' || value.length > ID_LENGTH_MAX) return `its ${member} is no id`;
    draft[field] = value;
  }
  if (made.event !== undefined) {
    if (typeof made.event !== 'string' || made.event === '' || made.event.length > EVENT_NAME_LENGTH_MAX)
      return 'its event is no name';
    draft.event = made.event;
  }
  return draft.userId === '' && draft.anonymousId === ''
    ? 'it leaves nobody: neither user_id nor anonymous_id'
    : undefined;
}

function applyChange(draft: Draft, { dropped, changed, parts, by = '' }: PluginOutcome): Draft[] | undefined {
  if (dropped !== undefined) {
    draft.dropped = true;
    return undefined;
  }
  const refuse = (reason: string): undefined => {
    draft.fail('plugin_failed', '', `plugin "${by}": ${reason}`);
    return undefined;
  };
  if (changed || parts) {
    const { event, userId, anonymousId, sessionId, properties } = draft;
    draft.said = { event, userId, anonymousId, sessionId, properties };
  }
  const fault = changed && takeMembers(draft, changed);
  if (fault !== undefined) return refuse(fault);
  if (parts === undefined) return undefined;
  if (parts.length < 1 || parts.length > PARTS_MAX) return refuse(`a split gives 1 to ${PARTS_MAX} parts`);
  const made: Draft[] = [];
  for (const [n, part] of parts.entries()) {
    if (!isJsonObject(part)) return refuse(`part ${n} is no object`);
    const { event, properties, context } = part;
    const copy = draft.makePart(n, derivePartId(draft.eventId, n));
    const members = Object.fromEntries(
      Object.entries({ event, properties, context }).filter(([, value]) => value !== undefined),
    ) as Record<string, JsonValue>;
    const wrong = takeMembers(copy, members);
    if (wrong !== undefined) return refuse(`part ${n}: ${wrong}`);
    made.push(copy);
  }
  return made;
}

/** Follows from the event's id and the part's place alone, so that a repeat of the event repeats its parts. */
const derivePartId = (eventId: string, part: number): string =>
  `${eventId.startsWith(DERIVED_ID_PREFIX) ? '' : DERIVED_ID_PREFIX}${eventId}/${part}`;
