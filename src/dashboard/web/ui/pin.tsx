/** Puts an answer on a dashboard: one that is there, or a new one. */
import { useState } from 'preact/hooks';
import { ApiError, callApi, type Problem, useAnswer } from '../api.js';
import { type Dashboard, findMovingDays, type Tile } from '../views/dashboard.js';
import { Dialog } from './dialog.js';
import { Select, TextInput } from './fields.js';
import { ProblemNote } from './problem.js';

const NEW = '';

export function PinDialog({ tile, onClose }: { tile: Tile; onClose: () => void }) {
  const list = useAnswer<{ data: Dashboard[] }>({ path: '/v1/dashboards?limit=200' });
  const [chosen, setChosen] = useState(NEW);
  const [name, setName] = useState('My dashboard');
  const [title, setTitle] = useState(tile.title);
  const days = findMovingDays(tile);
  const [moving, setMoving] = useState(days !== undefined);
  const [problem, setProblem] = useState<Problem>();
  const pin = async (event: Event): Promise<void> => {
    event.preventDefault();
    const added: Tile = { ...tile, title, ...(moving && days !== undefined ? { last_days: days } : {}) };
    const board = list.data?.data.find(({ id }) => id === chosen);
    try {
      if (board)
        await callApi(`/v1/dashboards/${board.id}`, {
          method: 'PUT',
          body: { name: board.name, tiles: [...board.tiles, added] },
        });
      else await callApi('/v1/dashboards', { body: { name, tiles: [added] } });
      onClose();
    } catch (error) {
      if (error instanceof ApiError) setProblem(error.problem);
      else throw error;
    }
  };
  return (
    <Dialog title="Pin to a dashboard" onClose={onClose}>
      <form class="ask" onSubmit={pin}>
        {problem && <ProblemNote problem={problem} />}
        <TextInput label="Title of the tile" value={title} onChange={setTitle} />
        <Select
          label="Dashboard"
          value={chosen}
          options={[
            [NEW, 'A new one'],
            ...(list.data?.data ?? []).map((board) => [board.id, board.name] as const),
          ]}
          onChange={setChosen}
        />
        {chosen === NEW && <TextInput label="Its name" value={name} onChange={setName} />}
        {days !== undefined && (
          <label class="check">
            <input
              type="checkbox"
              checked={moving}
              onChange={(event) => setMoving(event.currentTarget.checked)}
            />
            {days === 1 ? 'Always today' : `Always the last ${days} days`}
          </label>
        )}
        <button type="submit" class="primary">
          Pin
        </button>
      </form>
    </Dialog>
  );
}
