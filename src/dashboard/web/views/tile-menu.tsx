/** What can be done with a tile's question: asked on its own screen, or as a curl line. */
import { useRef } from 'preact/hooks';
import { formatCurl } from '../api.js';
import { copyText } from '../ui/pictures.js';
import { QuietButton } from '../ui/quiet-button.js';
import { requestOf, type Tile } from './dashboard.js';
import { addressOfTile } from './tile-address.js';

export function TileMenu({ tile }: { tile: Tile }) {
  const menu = useRef<HTMLDetailsElement>(null);
  const address = addressOfTile(tile);
  const close = (): void => menu.current?.removeAttribute('open');
  const leave = (event: FocusEvent): void => {
    const next = event.relatedTarget;
    if (!(next instanceof Node && menu.current?.contains(next))) close();
  };
  const press = (event: KeyboardEvent): void => {
    if (event.key !== 'Escape' || !menu.current?.open) return;
    close();
    menu.current.querySelector('summary')?.focus();
  };
  const copy = (): Promise<void> => {
    const { path, body } = requestOf(tile);
    return copyText(formatCurl(path, body));
  };
  return (
    <details class="menu" ref={menu} onFocusOut={leave} onKeyDown={press}>
      <summary aria-label={`More about ${tile.title}`} title="More">
        <span aria-hidden="true">⋯</span>
      </summary>
      <div class="menu-body">
        {address && (
          <a class="quiet" href={address}>
            Open
          </a>
        )}
        <QuietButton text="Copy as curl" onClick={copy} />
      </div>
    </details>
  );
}
