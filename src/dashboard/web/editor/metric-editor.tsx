/** The editor of metrics: highlighting, completion, and what the server finds wrong under a squiggle while one types. */
import { autocompletion, completionKeymap } from '@codemirror/autocomplete';
import { defaultKeymap, history, historyKeymap } from '@codemirror/commands';
import { type Diagnostic, linter } from '@codemirror/lint';
import { EditorState, type Text } from '@codemirror/state';
import { EditorView, keymap, lineNumbers } from '@codemirror/view';
import { useEffect, useRef } from 'preact/hooks';
import type { Notice } from '../transport.js';
import { createCompletion, type Vocabulary } from './complete.js';
import { EDITOR_THEME, highlightMetrics } from './highlight.js';

/** A problem with its place: `line` and `column` from 1. */
export interface DefinitionProblem extends Notice {
  severity: 'error' | 'warning';
  line: number;
  column: number;
  length: number;
}

interface Props {
  /** What the editor begins with. From then on the text is the editor's own: a value that came back late would undo typing. */
  value: string;
  /** Counts the times somebody else than the reader changed the text: the editor then takes `value` anew. */
  revision: number;
  vocabulary: Vocabulary;
  onChange: (value: string) => void;
  /** Checks a text; an answer that was overtaken is dropped by the editor. */
  check: (text: string) => Promise<readonly DefinitionProblem[]>;
}

const CHECK_DELAY_MS = 300;

function toDiagnostic(
  doc: Text,
  { line, column, length, severity, message, hint }: DefinitionProblem,
): Diagnostic {
  const start = doc.line(Math.min(Math.max(line, 1), doc.lines));
  const from = Math.min(start.from + column - 1, doc.length);
  return {
    from,
    to: Math.min(from + Math.max(length, 1), doc.length),
    severity,
    message: hint ? `${message} ${hint}` : message,
  };
}

export function MetricEditor({ value, revision, vocabulary, onChange, check }: Props) {
  const box = useRef<HTMLDivElement>(null);
  const view = useRef<EditorView>(null);
  const calls = useRef({ onChange, check });
  calls.current = { onChange, check };
  useEffect(() => {
    const words = {
      functions: new Set(vocabulary.functions.map(({ name }) => name)),
      fields: new Set(vocabulary.fields.map(({ name }) => name)),
    };
    const editor = new EditorView({
      parent: box.current!,
      state: EditorState.create({
        doc: value,
        extensions: [
          lineNumbers(),
          history(),
          EditorView.lineWrapping,
          EditorView.contentAttributes.of({ 'aria-label': 'Definition of the metric' }),
          keymap.of([...completionKeymap, ...defaultKeymap, ...historyKeymap]),
          autocompletion({ override: [createCompletion(vocabulary)] }),
          highlightMetrics(words),
          linter(
            async ({ state }) =>
              (await calls.current.check(state.doc.toString())).map((one) => toDiagnostic(state.doc, one)),
            { delay: CHECK_DELAY_MS },
          ),
          EDITOR_THEME,
          EditorView.updateListener.of((update) => {
            if (update.docChanged) calls.current.onChange(update.state.doc.toString());
          }),
        ],
      }),
    });
    view.current = editor;
    return () => editor.destroy();
  }, [vocabulary]);
  useEffect(() => {
    const editor = view.current;
    if (!editor || revision === 0) return;
    editor.dispatch({ changes: { from: 0, to: editor.state.doc.length, insert: value } });
  }, [revision]);
  return <div ref={box} class="editor" />;
}
