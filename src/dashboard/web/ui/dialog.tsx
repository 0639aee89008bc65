/** A dialog of the browser's own: it keeps the focus, closes with Escape, and gives the focus back. */
import type { ComponentChildren } from 'preact';
import { useLayoutEffect, useRef } from 'preact/hooks';

interface Props {
  title: string;
  onClose: () => void;
  children: ComponentChildren;
  /** Without a heading of its own: the content says what it is. */
  bare?: boolean;
}

export function Dialog({ title, onClose, children, bare = false }: Props) {
  const element = useRef<HTMLDialogElement>(null);
  // It has the focus as soon as it is there, so that what is typed meanwhile is not lost.
  useLayoutEffect(() => {
    const dialog = element.current;
    dialog?.showModal();
    const leave = (event: MouseEvent): void => {
      if (event.target === dialog) dialog?.close();
    };
    dialog?.addEventListener('click', leave);
    return () => {
      dialog?.removeEventListener('click', leave);
      dialog?.close();
    };
  }, []);
  return (
    <dialog ref={element} class="dialog" aria-label={title} onClose={onClose}>
      <div class="dialog-body">
        {!bare && (
          <header>
            <h2>{title}</h2>
            <button type="button" class="quiet" aria-label="Close" onClick={onClose}>
              ×
            </button>
          </header>
        )}
        {children}
      </div>
    </dialog>
  );
}
