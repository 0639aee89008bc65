/**
 * Flows from place to place: a column a place, a block a node as high as its weight, a ribbon a link as wide as its weight at
 * both ends. Nodes of a column stand in the order they come in.
 */
import { useLayoutEffect, useRef, useState } from 'preact/hooks';
import { useColours } from './colours.js';

export interface FlowNode {
  column: number;
  name: string;
  weight: number;
}

export interface FlowLink {
  /** Column of the source. */
  column: number;
  source: string;
  target: string;
  weight: number;
}

interface Props {
  nodes: readonly FlowNode[];
  links: readonly FlowLink[];
  /** What a block and a ribbon say when they are pointed at. */
  describe: (weight: number) => string;
}

/** Until it is known how wide it may be. */
const WIDTH = 640;
const HEIGHT = 420;
const BLOCK_WIDTH = 10;
const GAP = 10;
/** A narrower place scrolls. */
const COLUMN_WIDTH_MIN = 80;
/** Of a character, in pixels, at its widest on average. */
const CHARACTER_WIDTH = 6.8;
const LABEL_GAP = 4;
/** A block this low still shows. */
const BLOCK_MIN = 2;
/** Lower blocks are named when they are pointed at: labels would lie on each other. */
const LABELLED_MIN = 6;

interface Block extends FlowNode {
  x: number;
  y: number;
  height: number;
  /** Where the next ribbon in and out begins. */
  inTop: number;
  outTop: number;
}

const keyOf = (column: number, name: string): string => `${column} ${name}`;

const listColumns = (nodes: readonly FlowNode[]): number[] =>
  [...new Set(nodes.map(({ column }) => column))].sort((a, b) => a - b);

function placeBlocks(
  nodes: readonly FlowNode[],
  width: number,
): { blocks: Map<string, Block>; scale: number; step: number } {
  const columns = listColumns(nodes);
  const of = (column: number): FlowNode[] => nodes.filter((node) => node.column === column);
  const scale = Math.min(
    ...columns.map((column) => {
      const own = of(column);
      const total = own.reduce((sum, { weight }) => sum + weight, 0);
      return (HEIGHT - GAP * (own.length - 1)) / Math.max(total, 1);
    }),
  );
  // As much beside the last column as beside every other: names stand there.
  const step = width / columns.length;
  const blocks = new Map<string, Block>();
  columns.forEach((column, i) => {
    let y = 0;
    for (const node of of(column)) {
      const height = Math.max(BLOCK_MIN, node.weight * scale);
      blocks.set(keyOf(column, node.name), {
        ...node,
        x: i * step,
        y,
        height,
        inTop: y,
        outTop: y,
      });
      y += height + GAP;
    }
  });
  return { blocks, scale, step };
}

interface Ribbon {
  key: string;
  path: string;
  title: string;
  source: string;
}

/** Ribbons in the order of the links; each takes its width off both its blocks. */
function drawRibbons(
  links: readonly FlowLink[],
  { blocks, scale }: ReturnType<typeof placeBlocks>,
  describe: Props['describe'],
): Ribbon[] {
  return links.flatMap(({ column, source, target, weight }) => {
    const from = blocks.get(keyOf(column, source));
    const to = blocks.get(keyOf(column + 1, target));
    if (!from || !to) return [];
    const width = weight * scale;
    const [x0, x1] = [from.x + BLOCK_WIDTH, to.x];
    const middle = (x0 + x1) / 2;
    const [y0, y1] = [from.outTop, to.inTop];
    from.outTop += width;
    to.inTop += width;
    const path = `M${x0} ${y0}C${middle} ${y0} ${middle} ${y1} ${x1} ${y1}V${y1 + width}C${middle} ${y1 + width} ${middle} ${y0 + width} ${x0} ${y0 + width}Z`;
    return [
      {
        key: `${column} ${source} ${target}`,
        path,
        title: `${source} → ${target}: ${describe(weight)}`,
        source,
      },
    ];
  });
}

const shorten = (text: string, length: number): string =>
  text.length <= length ? text : `${text.slice(0, Math.max(1, length - 1))}…`;

/** The width that is there, in pixels, as it changes. */
function useWidth(): [{ current: HTMLDivElement | null }, number] {
  const box = useRef<HTMLDivElement>(null);
  const [width, setWidth] = useState(WIDTH);
  useLayoutEffect(() => {
    const element = box.current;
    if (!element) return;
    const measure = (): void => setWidth(element.clientWidth);
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    return () => observer.disconnect();
  }, []);
  return [box, width];
}

export function Sankey({ nodes, links, describe }: Props) {
  const [box, room] = useWidth();
  const width = Math.max(room, listColumns(nodes).length * COLUMN_WIDTH_MIN);
  const placed = placeBlocks(nodes, width);
  const ribbons = drawRibbons(links, placed, describe);
  const names = [...new Set(nodes.map(({ name }) => name))];
  const colours = useColours(names);
  const colourOf = (name: string): string | undefined => colours[names.indexOf(name)];
  const length = Math.floor((placed.step - BLOCK_WIDTH - 2 * LABEL_GAP) / CHARACTER_WIDTH);
  const label = `Flows between ${nodes.length} places; the widest is ${ribbons[0]?.title ?? 'none'}`;
  return (
    // What scrolls can be scrolled with the keyboard.
    <div class="scroll" ref={box} tabIndex={width > room ? 0 : undefined}>
      <svg class="sankey" width={width} height={HEIGHT} role="img" aria-label={label}>
        {ribbons.map(({ key, path, title, source }) => (
          <path key={key} d={path} fill={colourOf(source)} opacity="0.28">
            <title>{title}</title>
          </path>
        ))}
        {[...placed.blocks.values()].map((block) => (
          <g key={keyOf(block.column, block.name)}>
            <title>{`${block.name}: ${describe(block.weight)}`}</title>
            <rect
              x={block.x}
              y={block.y}
              width={BLOCK_WIDTH}
              height={block.height}
              rx="2"
              fill={colourOf(block.name)}
            />
            {block.height >= LABELLED_MIN && (
              <text x={block.x + BLOCK_WIDTH + LABEL_GAP} y={block.y + block.height / 2 + 4}>
                {shorten(block.name, length)}
              </text>
            )}
          </g>
        ))}
      </svg>
    </div>
  );
}
