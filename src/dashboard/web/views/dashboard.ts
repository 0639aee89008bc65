/** A dashboard as `/v1/dashboards` gives it: tiles are questions with the way their answers are drawn. */
import type { ViewKind } from './views.js';

export interface Tile {
  readonly title: string;
  readonly view: ViewKind;
  readonly path: string;
  readonly body?: unknown;
  /** Columns taken, of twelve, and rows of 80 pixels. */
  readonly width?: number;
  readonly height?: number;
}

export interface Dashboard {
  readonly id: string;
  readonly name: string;
  readonly tiles: readonly Tile[];
}
