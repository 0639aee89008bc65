/** What scanning a payload (scan.ts) finds out about it. */
export type PayloadShape = 'object' | 'array' | 'wrapped' | 'lines';

export interface PayloadScan {
  shape: PayloadShape;
  /** The key of a `wrapped` payload that holds its events; empty otherwise. */
  wrapper: string;
  /** Where that list begins and ends, brackets included; 0 for other shapes. */
  listStart: number;
  listEnd: number;
  /** Bytes of what stands beside it. */
  wrapperBytes: number;
  eventCount: number;
  /** Event n is bytes[starts[n], ends[n]), blanks around it included. */
  starts: Uint32Array;
  ends: Uint32Array;
  /** Keys of all objects of the payload, repeated ones counted again: all, before the first event, and up to each end. */
  keyCount: number;
  keysBefore: number;
  keysAtEnd: Uint32Array;
  /** Depth of the deepest event, the event itself being 1; of a `wrapped` payload's other members too, less 2. */
  depth: number;
  /**
   * `lines` only: some line ends inside a string or between brackets, so it is not one JSON value. When no line does, the
   * lines joined by commas in brackets are an array of as many elements exactly when each line is one value.
   */
  irregular: boolean;
}

/** Where and why a payload cannot be cut into events. `offset` in bytes. */
export interface ScanFailure {
  offset: number;
  message: string;
  /** There is nothing but blanks. */
  empty?: boolean;
}

export const isScanFailure = (scan: PayloadScan | ScanFailure): scan is ScanFailure => 'offset' in scan;
