/** What may be wider or higher than its place: it scrolls there, and whoever has no pointer reaches it with the keyboard. */
import type { ComponentChildren } from 'preact';
import { useLayoutEffect, useRef, useState } from 'preact/hooks';

interface Props {
  class?: string;
  onScroll?: (event: Event & { currentTarget: HTMLDivElement }) => void;
  children: ComponentChildren;
}

export function Scroll({ class: look = '', onScroll, children }: Props) {
  const box = useRef<HTMLDivElement>(null);
  const [scrolls, setScrolls] = useState(false);
  useLayoutEffect(() => {
    const element = box.current;
    if (!element) return;
    const measure = (): void =>
      setScrolls(element.scrollWidth > element.clientWidth || element.scrollHeight > element.clientHeight);
    measure();
    const observer = new ResizeObserver(measure);
    for (const one of [element, ...element.children]) observer.observe(one);
    return () => observer.disconnect();
  }, []);
  return (
    <div class={`scroll ${look}`} ref={box} tabIndex={scrolls ? 0 : undefined} onScroll={onScroll}>
      {children}
    </div>
  );
}

/** Text as it is written, line by line. */
export const Code = ({ children }: { children: string }) => (
  <Scroll class="code">
    <pre>{children}</pre>
  </Scroll>
);
