import { Compartment } from '@codemirror/state';
import type { EditorView } from '@codemirror/view';
import { useEffect, useEffectEvent, useRef, useState } from 'react';
import type { CatalogTable } from '../../api.ts';
import { createEditor, languageOf } from './create-editor.ts';

interface SqlEditorProps {
  /** What stands in it at first; from then on it is the editor's. */
  readonly initial: string;
  readonly tables: readonly CatalogTable[];
  readonly onChange: (sql: string) => void;
  readonly onRun: () => void;
}

/** Ctrl or Cmd with Enter runs. Tab indents, and after Escape leaves, as CodeMirror has it for those without a mouse. */
export default function SqlEditor({ initial, tables, onChange, onRun }: SqlEditorProps) {
  const frame = useRef<HTMLDivElement>(null);
  const editor = useRef<EditorView>(undefined);
  const [language] = useState(() => new Compartment());
  const change = useEffectEvent(onChange);
  const run = useEffectEvent(onRun);
  const start = useEffectEvent((parent: HTMLElement) =>
    createEditor(parent, {
      initial,
      tables,
      language,
      onChange: (sql) => {
        change(sql);
      },
      onRun: () => {
        run();
      },
    }),
  );

  useEffect(() => {
    if (frame.current === null) return;
    const view = start(frame.current);
    editor.current = view;
    return () => {
      view.destroy();
      editor.current = undefined;
    };
  }, []);

  useEffect(() => {
    editor.current?.dispatch({ effects: language.reconfigure(languageOf(tables)) });
  }, [language, tables]);

  return <div ref={frame} className="sql-editor" />;
}
