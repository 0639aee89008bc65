/** A dashboard seen through its read-only link: no key, no questions of one's own. */
import { useAnswer } from '../api.js';
import { ProblemNote } from '../ui/problem.js';
import type { Tile } from '../views/dashboard.js';
import { AnswerView } from '../views/views.js';
import type { ScreenProps } from './screens.js';

interface SharedBoard {
  name: string;
  tiles: (Tile & { answer: unknown })[];
}

export function Shared({ item }: ScreenProps) {
  const { data, problem } = useAnswer<SharedBoard>({ path: `/v1/shared/${encodeURIComponent(item)}` });
  if (problem) return <ProblemNote problem={problem} />;
  if (!data) return <div class="skeleton" style={{ height: '320px' }} />;
  return (
    <>
      <header>
        <h1>{data.name}</h1>
      </header>
      <div class="board">
        {data.tiles.map((tile, i) => (
          <section class="panel" key={`${tile.title} ${i}`}>
            <h2>{tile.title}</h2>
            <AnswerView kind={tile.view} data={tile.answer} body={tile.body} compact />
          </section>
        ))}
      </div>
    </>
  );
}
