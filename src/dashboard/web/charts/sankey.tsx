/**
 * Flows from place to place: a column a place, a block a node as high as its weight, a ribbon a link as wide as its weight at
 * both ends. Nodes of a column stand in the order they come in.
 */
import { colourOf } from '../palette.js';

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

const WIDTH = 960;
const HEIGHT = 420;
const BLOCK_WIDTH = 10;
const GAP = 10;
/** A block this low still shows. */
const BLOCK_MIN = 2;
/** Lower blocks are named when they are pointed at: labels would lie on each other. */
const LABELLED_MIN = 6;
const LABEL_LENGTH_MAX = 24;

interface Block extends FlowNode {
  x: number;
  y: number;
  height: number;
  /** Where the next ribbon in and out begins. */
  inTop: number;
  outTop: number;
}

const keyOf = (column: number, name: string): string => `${column} ${name}`;

function placeBlocks(nodes: readonly FlowNode[]): { blocks: Map<string, Block>; scale: number } {
  const columns = [...new Set(nodes.map(({ column }) => column))].sort((a, b) => a - b);
  const of = (column: number): FlowNode[] => nodes.filter((node) => node.column === column);
  const scale = Math.min(
    ...columns.map((column) => {
      const own = of(column);
      const total = own.reduce((sum, { weight }) => sum + weight, 0);
      return (HEIGHT - GAP * (own.length - 1)) / Math.max(total, 1);
    }),
  );
  const step = columns.length > 1 ? (WIDTH - BLOCK_WIDTH - 150) / (columns.length - 1) : 0;
  const blocks = new Map<string, Block>();
  columns.forEach((column, i) => {
    let y = 0;
    for (const node of of(column)) {
      const height = Math.max(BLOCK_MIN, node.weight * scale);
      blocks.set(keyOf(column, node.name), { ...node, x: i * step, y, height, inTop: y, outTop: y });
      y += height + GAP;
    }
  });
  return { blocks, scale };
}

interface Ribbon {
  key: string;
  path: string;
  title: string;
  colour: string;
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
        colour: colourOf(source),
      },
    ];
  });
}

const shorten = (text: string): string =>
  text.length <= LABEL_LENGTH_MAX ? text : `${text.slice(0, LABEL_LENGTH_MAX - 1)}…`;

export function Sankey({ nodes, links, describe }: Props) {
  const placed = placeBlocks(nodes);
  const ribbons = drawRibbons(links, placed, describe);
  const label = `Flows between ${nodes.length} places; the widest is ${ribbons[0]?.title ?? 'none'}`;
  return (
    <div class="scroll">
      <svg class="sankey" viewBox={`0 0 ${WIDTH} ${HEIGHT}`} role="img" aria-label={label}>
        {ribbons.map(({ key, path, title, colour }) => (
          <path key={key} d={path} fill={colour} opacity="0.28">
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
              <text x={block.x + BLOCK_WIDTH + 4} y={block.y + block.height / 2 + 4}>
                {shorten(block.name)}
              </text>
            )}
          </g>
        ))}
      </svg>
    </div>
  );
}
