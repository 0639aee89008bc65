/** Dashboards: the list of them, and one that is open, whose tiles can be arranged and shared. */
import { useState } from 'preact/hooks';
import { callApi, useAnswer } from '../api.js';
import { formatCount } from '../format.js';
import { addressOf, navigate } from '../route.js';
import { useCall } from '../ui/call.js';
import { Dialog } from '../ui/dialog.js';
import { TextInput } from '../ui/fields.js';
import { copyText } from '../ui/pictures.js';
import { ProblemNote } from '../ui/problem.js';
import { SureButton } from '../ui/sure-button.js';
import { TileView } from '../views/board.js';
import { DASHBOARDS, type Dashboard, pathOfDashboard, type Tile } from '../views/dashboard.js';
import type { ScreenProps } from './screen.js';

export function Dashboards({ item }: ScreenProps) {
  return item === '' ? <List /> : <Board id={item} />;
}

function List() {
  const { data, problem } = useAnswer<{ data: Dashboard[] }>({ path: `${DASHBOARDS}?limit=200` });
  const [name, setName] = useState('');
  const [failed, run] = useCall();
  const make = (event: Event): Promise<void> => {
    event.preventDefault();
    return run(async () => {
      const { id } = await callApi<Dashboard>(DASHBOARDS, { body: { name, tiles: [] } });
      navigate(addressOf('dashboards', undefined, id));
    });
  };
  return (
    <>
      {(failed ?? problem) && <ProblemNote problem={(failed ?? problem)!} />}
      <section class="panel">
        {data?.data.length === 0 && (
          <p class="empty">
            None yet. Make one here, or press Pin below any answer: it becomes a tile that stays up to date.
          </p>
        )}
        <ul class="list">
          {data?.data.map((board) => (
            <li key={board.id}>
              <a href={addressOf('dashboards', undefined, board.id)}>{board.name}</a>
              <span class="muted">
                {formatCount(board.tiles.length, 'tile')}
                {board.shared ? ' · shared by a link' : ''}
              </span>
            </li>
          ))}
        </ul>
        <form class="row" onSubmit={make}>
          <TextInput
            label="Name of a new dashboard"
            hidden
            value={name}
            placeholder="Name"
            onChange={setName}
          />
          <button type="submit" class="primary" disabled={name.trim() === ''}>
            New dashboard
          </button>
        </form>
      </section>
    </>
  );
}

/** The list with the entry at `from` moved to `to`. */
function moveEntry<T>(list: readonly T[], from: number, to: number): T[] {
  const rest = list.filter((_, i) => i !== from);
  return [...rest.slice(0, to), list[from]!, ...rest.slice(to)];
}

function Board({ id }: { id: string }) {
  const path = pathOfDashboard(id);
  const { data, problem } = useAnswer<Dashboard>({ path });
  // As it was changed here.
  const [changed, setBoard] = useState<Dashboard>();
  const [arranging, setArranging] = useState(false);
  const [sharing, setSharing] = useState(false);
  const [failed, run] = useCall();
  const board = changed ?? data;
  if (problem) return <ProblemNote problem={problem} />;
  if (!board) return <div class="skeleton" style={{ height: '320px' }} />;
  // What is seen changes at once; when it cannot be saved, the reader is told.
  const save = (part: Partial<Pick<Dashboard, 'name' | 'tiles'>>): Promise<void> => {
    const { name, tiles } = { ...board, ...part };
    setBoard({ ...board, name, tiles });
    return run(() => callApi(path, { method: 'PUT', body: { name, tiles } }));
  };
  const remove = (): Promise<void> =>
    run(async () => {
      await callApi(path, { method: 'DELETE' });
      navigate('/dashboards');
    });
  return (
    <>
      <div class="board-head">
        {arranging ? (
          <TextInput label="Name" hidden value={board.name} onChange={(name) => save({ name })} />
        ) : (
          <h2>{board.name}</h2>
        )}
        <button type="button" aria-pressed={arranging} onClick={() => setArranging(!arranging)}>
          {arranging ? 'Done' : 'Arrange'}
        </button>
        <button type="button" onClick={() => setSharing(true)}>
          Share
        </button>
        {arranging && <SureButton text="Delete" sure="Delete this dashboard?" onClick={remove} />}
      </div>
      {failed && <ProblemNote problem={failed} />}
      {board.tiles.length === 0 && (
        <p class="empty">No tiles yet: ask a question anywhere and press Pin below its answer.</p>
      )}
      <div class="board">
        {board.tiles.map((tile, index) => (
          <TileView
            key={`${index} ${tile.title}`}
            tile={tile}
            tools={
              arranging && (
                <TileTools
                  tile={tile}
                  first={index === 0}
                  last={index === board.tiles.length - 1}
                  onMove={(by) => save({ tiles: moveEntry(board.tiles, index, index + by) })}
                  onChange={(changed) =>
                    save({ tiles: board.tiles.map((one, i) => (i === index ? changed : one)) })
                  }
                  onRemove={() => save({ tiles: board.tiles.filter((_, i) => i !== index) })}
                />
              )
            }
          />
        ))}
      </div>
      {sharing && (
        <ShareDialog
          board={board}
          onChange={(shared) => setBoard({ ...board, shared })}
          onClose={() => setSharing(false)}
        />
      )}
    </>
  );
}

const WIDTHS: readonly (readonly [width: number, name: string])[] = [
  [3, 'a quarter'],
  [4, 'a third'],
  [6, 'half'],
  [12, 'whole'],
];

interface ToolsProps {
  tile: Tile;
  first: boolean;
  last: boolean;
  onMove: (by: number) => void;
  onChange: (tile: Tile) => void;
  onRemove: () => void;
}

function TileTools({ tile, first, last, onMove, onChange, onRemove }: ToolsProps) {
  return (
    <>
      <button
        type="button"
        class="quiet"
        aria-label="Move forward"
        disabled={first}
        onClick={() => onMove(-1)}
      >
        ←
      </button>
      <button type="button" class="quiet" aria-label="Move back" disabled={last} onClick={() => onMove(1)}>
        →
      </button>
      <select
        aria-label="Width"
        value={String(tile.width ?? 6)}
        onChange={(event) => onChange({ ...tile, width: Number(event.currentTarget.value) })}
      >
        {WIDTHS.map(([width, name]) => (
          <option key={width} value={String(width)}>
            {name}
          </option>
        ))}
      </select>
      <button type="button" class="quiet" aria-label={`Remove ${tile.title}`} onClick={onRemove}>
        ×
      </button>
    </>
  );
}

interface ShareProps {
  board: Dashboard;
  onChange: (shared: boolean) => void;
  onClose: () => void;
}

function ShareDialog({ board, onChange, onClose }: ShareProps) {
  const [link, setLink] = useState<string>();
  const [problem, run] = useCall();
  const path = `${pathOfDashboard(board.id)}/share`;
  const share = (): Promise<void> =>
    run(async () => {
      const made = await callApi<{ path: string }>(path, { method: 'POST' });
      setLink(location.origin + made.path);
      onChange(true);
    });
  const unshare = (): Promise<void> =>
    run(async () => {
      await callApi(path, { method: 'DELETE' });
      setLink(undefined);
      onChange(false);
    });
  return (
    <Dialog title="Share this dashboard" onClose={onClose}>
      {problem && <ProblemNote problem={problem} />}
      <p>
        Whoever has the link sees these tiles and their answers, and can ask nothing else. A new link takes
        the place of the one before.
      </p>
      {link && (
        <p class="row">
          <input readOnly aria-label="Link" value={link} />
          <button type="button" onClick={() => copyText(link)}>
            Copy
          </button>
        </p>
      )}
      <p class="row">
        <button type="button" class="primary" onClick={share}>
          {board.shared ? 'Make a new link' : 'Make a link'}
        </button>
        {board.shared && (
          <button type="button" onClick={unshare}>
            Take the link away
          </button>
        )}
      </p>
    </Dialog>
  );
}
