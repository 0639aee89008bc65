/** A dashboard seen through its read-only link: no key, no questions of one's own. */
import { useAnswer } from '../api.js';
import { ProblemNote } from '../ui/problem.js';
import { SharedTileView } from '../views/board.js';
import { type Dashboard, pathOfShared } from '../views/dashboard.js';
import type { ScreenProps } from './screen.js';

export function Shared({ item }: ScreenProps) {
  const { data, problem } = useAnswer<Pick<Dashboard, 'name' | 'tiles'>>({
    path: pathOfShared(item),
  });
  if (problem) return <ProblemNote problem={problem} />;
  if (!data) return <div class="skeleton" style={{ height: '320px' }} />;
  return (
    <>
      <header>
        <h1>{data.name}</h1>
        <p>Shared with you, to read</p>
      </header>
      <div class="board">
        {data.tiles.map((tile, index) => (
          <SharedTileView key={`${index} ${tile.title}`} tile={tile} token={item} index={index} />
        ))}
      </div>
    </>
  );
}
