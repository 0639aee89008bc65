/** Tiles side by side: each asks its own question and draws the answer as its own screen does. */
import type { ComponentChildren } from 'preact';
import { useLayoutEffect } from 'preact/hooks';
import { type Answer, type Meta, useAnswer } from '../api.js';
import { describeMeta } from '../ui/answer.js';
import { Notices } from '../ui/notices.js';
import { ProblemNote } from '../ui/problem.js';
import { pathOfSharedTile, requestOf, type Tile } from './dashboard.js';
import { loadView } from './load-view.js';
import { TileMenu } from './tile-menu.js';
import type { ViewKind } from './view.js';
import { AnswerView } from './views.js';

const REFRESH_MS = 60_000;
/** What is costly to find and slow to change: patterns are searched for anew each time. */
const SLOW_MS = 900_000;
const SLOW: ReadonlySet<ViewKind> = new Set(['patterns', 'foretold', 'model']);
const paceOf = ({ view }: Tile): number => (SLOW.has(view) ? SLOW_MS : REFRESH_MS);
const WIDTH_DEFAULT = 6;

interface CardProps {
  tile: Tile;
  answer: Answer<unknown>;
  /** Beside the title. */
  tools?: ComponentChildren;
}

function TileCard({ tile, answer: { data, problem, pending }, tools }: CardProps) {
  useLayoutEffect(() => void loadView(tile.view), [tile.view]);
  const meta = (data as { meta?: Meta } | undefined)?.meta;
  return (
    <section
      class={`panel card${pending && data !== undefined ? ' pending' : ''}`}
      style={{ '--columns': tile.width ?? WIDTH_DEFAULT }}
      aria-label={tile.title}
      aria-busy={pending}
    >
      <header>
        <h2>{tile.title}</h2>
        {tools && <span class="tools">{tools}</span>}
      </header>
      {problem && <ProblemNote problem={problem} />}
      {meta?.warnings && <Notices label="Warnings" notices={meta.warnings} />}
      {data !== undefined && <AnswerView kind={tile.view} data={data} body={tile.body} compact />}
      {data === undefined && !problem && <div class="skeleton" style={{ height: '180px' }} />}
      {meta && <small class="muted">{describeMeta(meta)}</small>}
    </section>
  );
}

/** A tile of one's own project. */
export function TileView({ tile, tools }: { tile: Tile; tools?: ComponentChildren }) {
  const answer = useAnswer<unknown>(requestOf(tile), paceOf(tile));
  return (
    <TileCard
      tile={tile}
      answer={answer}
      tools={
        <>
          {tools}
          <TileMenu tile={tile} />
        </>
      }
    />
  );
}

/** A tile behind a link, asked by its place. */
export function SharedTileView({ tile, token, index }: { tile: Tile; token: string; index: number }) {
  const path = pathOfSharedTile(token, index);
  return <TileCard tile={tile} answer={useAnswer<unknown>({ path }, paceOf(tile))} />;
}
