/** What may be written at the cursor: functions and events in formulas, properties after an event's dot, fields elsewhere. */
import type { Completion, CompletionContext, CompletionResult } from '@codemirror/autocomplete';

/** `GET /v1/analytics/metrics/vocabulary` */
export interface Vocabulary {
  functions: { name: string; kind: string; form: string; summary: string }[];
  fields: { name: string; type: string; expected: string }[];
  events: { name: string; seen: number; properties: { name: string; types: string[] }[] }[];
  metrics: { id: string; name: string }[];
}

const AFTER_DOT = /([\p{L}_$][\p{L}\p{N}_$]*)\.([\p{L}\p{N}_$]*)$/u;
const WORD = /[\p{L}_$][\p{L}\p{N}_$]*$/u;

function listProperties({ events }: Vocabulary, event: string): Completion[] {
  const found = events.find(({ name }) => name === event);
  return (found?.properties ?? []).map(({ name, types }) => ({
    label: name,
    type: 'property',
    detail: types.join(', '),
  }));
}

/** Whether the cursor is inside a string of its line: formulas are. */
const isInString = (line: string): boolean => (line.match(/(?<!\\)"/g) ?? []).length % 2 === 1;

export const createCompletion =
  (vocabulary: Vocabulary) =>
  (context: CompletionContext): CompletionResult | null => {
    const line = context.state.doc.lineAt(context.pos);
    const before = line.text.slice(0, context.pos - line.from);
    const dotted = AFTER_DOT.exec(before);
    if (dotted) {
      const options = listProperties(vocabulary, dotted[1]!);
      return options.length === 0 ? null : { from: context.pos - dotted[2]!.length, options };
    }
    const word = WORD.exec(before)?.[0] ?? '';
    if (word === '' && !context.explicit) return null;
    const from = context.pos - word.length;
    if (!isInString(before))
      return {
        from,
        options: vocabulary.fields.map(({ name, type, expected }) => ({
          label: name,
          type: 'keyword',
          detail: type,
          info: expected,
        })),
      };
    return {
      from,
      options: [
        ...vocabulary.functions.map(({ name, form, summary }) => ({
          label: name,
          type: 'function',
          detail: form,
          info: summary,
        })),
        ...vocabulary.events.map(({ name }) => ({ label: name, type: 'class', detail: 'event' })),
        ...vocabulary.metrics.map(({ name }) => ({ label: name, type: 'variable', detail: 'metric' })),
      ],
    };
  };
