import type { TransportName } from '../../config.js';
import type { Logger } from '../../telemetry/log.js';
import type { Transport, TransportOptions } from './exchange.js';
import { openNodeTransport } from './node.js';
import { loadUws, openUwsTransport } from './uws.js';

/** Listens with the transport chosen. Rejects when the port is taken, or when `uws` was asked for and does not load. */
export async function openTransport(
  choice: TransportName,
  options: TransportOptions,
  log: Logger,
): Promise<Transport> {
  if (choice === 'node') return openNodeTransport(options);
  let native: ReturnType<typeof loadUws>;
  try {
    native = loadUws();
  } catch (error) {
    if (choice === 'uws') throw error;
    const reason = error instanceof Error ? error.message.split('\n', 1)[0] : String(error);
    log.warn(
      { reason },
      'uWebSockets.js does not load here; serving with node:http, which is slower and otherwise the same',
    );
    return openNodeTransport(options);
  }
  return openUwsTransport(native, options);
}
