/**
 * Colours of the metric language, from the language's own lexer: what is coloured as a function is what the parser reads as one.
 * A formula is the text of a string, so the inside of a string after `formula =` is lexed once more.
 */
import { type Extension, RangeSetBuilder } from '@codemirror/state';
import { Decoration, type DecorationSet, EditorView, ViewPlugin, type ViewUpdate } from '@codemirror/view';
import { lexText, type Token } from '../../../mdl/lex/lexer.js';
import { decodeString } from '../../../mdl/lex/text.js';
import { RESERVED } from '../../../mdl/vocabulary.js';

/** Names the language knows, as the server tells them. */
export interface Words {
  readonly functions: ReadonlySet<string>;
  readonly fields: ReadonlySet<string>;
}

interface Mark {
  from: number;
  to: number;
  class: string;
}

const KEYWORDS = new Set<string>(['metric', ...RESERVED]);

function classOf(token: Token, words: Words): string | undefined {
  switch (token.type) {
    case 'comment':
      return 'code-comment';
    case 'number':
      return 'code-number';
    case 'string':
    case 'block':
      return 'code-string';
    case 'name':
      if (KEYWORDS.has(token.text)) return 'code-keyword';
      if (words.functions.has(token.text)) return 'code-function';
      return words.fields.has(token.text) ? 'code-field' : undefined;
    default:
      return undefined;
  }
}

/** Marks of a formula inside a string; its offsets are those of the file. */
function markFormula(token: Token, words: Words): Mark[] {
  const { value, offsets } = decodeString(token);
  return lexText(value).flatMap((inner) => {
    const name = classOf(inner, words);
    return name === undefined ? [] : [{ from: offsets[inner.start]!, to: offsets[inner.end]!, class: name }];
  });
}

function markText(text: string, words: Words): Mark[] {
  const tokens = lexText(text).filter(({ type }) => type !== 'space');
  return tokens.flatMap((token, i) => {
    const isText = token.type === 'string' || token.type === 'block';
    const [field, equals] = [tokens[i - 2], tokens[i - 1]];
    if (isText && field?.text === 'formula' && equals?.text === '=') return markFormula(token, words);
    const name = classOf(token, words);
    return name === undefined ? [] : [{ from: token.start, to: token.end, class: name }];
  });
}

function decorate(view: EditorView, words: Words): DecorationSet {
  const builder = new RangeSetBuilder<Decoration>();
  for (const { from, to, class: name } of markText(view.state.doc.toString(), words))
    builder.add(from, to, Decoration.mark({ class: name }));
  return builder.finish();
}

/** Definitions are short (64 kB at most), so the whole text is coloured at each change. */
export const highlightMetrics = (words: Words): Extension =>
  ViewPlugin.fromClass(
    class {
      decorations: DecorationSet;
      constructor(view: EditorView) {
        this.decorations = decorate(view, words);
      }
      update(update: ViewUpdate): void {
        if (update.docChanged) this.decorations = decorate(update.view, words);
      }
    },
    { decorations: (plugin) => plugin.decorations },
  );

/** The editor's look, in the page's own tokens. */
export const EDITOR_THEME = EditorView.theme({
  '&': { backgroundColor: 'var(--surface)', color: 'var(--text)', border: '1px solid var(--border)' },
  '.cm-content': { caretColor: 'var(--text)', minHeight: '200px' },
  '.cm-cursor': { borderLeftColor: 'var(--text)' },
  '&.cm-focused': { outline: '2px solid var(--accent)' },
  '.cm-tooltip': {
    backgroundColor: 'var(--surface)',
    color: 'var(--text)',
    border: '1px solid var(--border)',
  },
  '.cm-tooltip-autocomplete > ul > li[aria-selected]': {
    backgroundColor: 'var(--accent-soft)',
    color: 'var(--text)',
  },
  '.cm-completionDetail': { color: 'var(--muted)' },
});
