/** One drawing of an answer, with its title and the buttons that take it away: as a table and as a picture. */
import type { ComponentChildren } from 'preact';
import { useRef } from 'preact/hooks';
import { type Cell, saveCsv, savePng } from './pictures.js';
import { QuietButton } from './quiet-button.js';

interface Props {
  title: string;
  /** What the files are called. */
  name: string;
  /** Rows for the CSV button, header first. */
  csv: () => Cell[][];
  children: ComponentChildren;
}

export function Figure({ title, name, csv, children }: Props) {
  const drawn = useRef<HTMLDivElement>(null);
  return (
    <section class="figure" aria-label={title}>
      <div ref={drawn}>
        <h3>{title}</h3>
        {children}
      </div>
      <p class="take">
        <QuietButton text="CSV" onClick={() => saveCsv(name, csv())} />
        <QuietButton
          text="PNG"
          onClick={() => {
            if (drawn.current) return savePng(name, drawn.current);
          }}
        />
      </p>
    </section>
  );
}
