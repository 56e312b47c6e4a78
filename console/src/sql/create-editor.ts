import type { Completion, CompletionContext, CompletionResult } from '@codemirror/autocomplete';
import {
  autocompletion,
  closeBrackets,
  closeBracketsKeymap,
  completionKeymap,
} from '@codemirror/autocomplete';
import { defaultKeymap, history, historyKeymap, indentWithTab } from '@codemirror/commands';
import { SQLDialect, sql } from '@codemirror/lang-sql';
import { bracketMatching, HighlightStyle, syntaxHighlighting } from '@codemirror/language';
import type { Compartment } from '@codemirror/state';
import { EditorState } from '@codemirror/state';
import { drawSelection, EditorView, highlightActiveLine, keymap, lineNumbers } from '@codemirror/view';
import { tags } from '@lezer/highlight';
import type { CatalogTable } from '../../api.ts';
import { FUNCTIONS, KEYWORDS, namedTables, TYPES } from './statement.ts';

const ATHENA = SQLDialect.define({
  keywords: KEYWORDS,
  builtin: FUNCTIONS,
  types: TYPES,
  doubleQuotedStrings: false,
});

const COLOURS = HighlightStyle.define([
  { tag: tags.keyword, color: 'var(--code-keyword)', fontWeight: '600' },
  { tag: [tags.string, tags.special(tags.string)], color: 'var(--code-string)' },
  { tag: [tags.number, tags.bool, tags.null], color: 'var(--code-number)' },
  { tag: [tags.typeName, tags.standard(tags.name)], color: 'var(--code-builtin)' },
  { tag: [tags.lineComment, tags.blockComment], color: 'var(--muted)', fontStyle: 'italic' },
]);

export interface EditorOptions {
  /** What stands in it at first. */
  readonly initial: string;
  readonly tables: readonly CatalogTable[];
  /** Where its language is put, to be put again when the tables are known. */
  readonly language: Compartment;
  readonly onChange: (sql: string) => void;
  readonly onRun: () => void;
}

/** An editor of Athena's SQL. */
export function createEditor(
  parent: HTMLElement,
  { initial, tables, language, onChange, onRun }: EditorOptions,
): EditorView {
  return new EditorView({
    parent,
    state: EditorState.create({
      doc: initial,
      extensions: [
        keymap.of([
          {
            key: 'Mod-Enter',
            run: () => {
              onRun();
              return true;
            },
          },
        ]),
        lineNumbers(),
        history(),
        drawSelection(),
        bracketMatching(),
        closeBrackets(),
        autocompletion({ icons: false }),
        highlightActiveLine(),
        syntaxHighlighting(COLOURS),
        language.of(languageOf(tables)),
        EditorView.lineWrapping,
        EditorView.contentAttributes.of({
          'aria-label': 'SQL statement',
          'aria-describedby': 'sql-keys',
          tabindex: '0',
        }),
        EditorView.updateListener.of((update) => {
          if (update.docChanged) onChange(update.state.doc.toString());
        }),
        keymap.of([
          ...closeBracketsKeymap,
          ...completionKeymap,
          ...historyKeymap,
          ...defaultKeymap,
          indentWithTab,
        ]),
      ],
    }),
  });
}

/** Athena's words, and the names that a statement can use. */
export function languageOf(tables: readonly CatalogTable[]) {
  const schema = Object.fromEntries(tables.map((table) => [table.name, columnsOf(table)]));
  return [
    sql({ dialect: ATHENA, schema, upperCaseKeywords: true }),
    // Columns of the tables that the statement names, which need not be written before them.
    ATHENA.language.data.of({
      autocomplete: (context: CompletionContext): CompletionResult | null => {
        const word = context.matchBefore(/\w+/);
        if (word === null || context.matchBefore(/\.\w*/) !== null) return null;
        const named = namedTables(context.state.doc.toString(), tables);
        return { from: word.from, options: named.flatMap(columnsOf), validFor: /^\w*$/ };
      },
    }),
  ];
}

function columnsOf({ name, columns }: CatalogTable): readonly Completion[] {
  return columns.map((column) => ({
    label: column.name,
    type: 'property',
    detail: `${column.type} of ${name}`,
    boost: 1,
  }));
}
