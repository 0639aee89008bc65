/** HTTP as bytes on a socket, for what well-behaved clients do not do. */
import { connect, type Socket } from 'node:net';

export interface RawConnection {
  socket: Socket;
  /** Everything received so far. */
  received(): string;
  /** Resolves when what was received fits, or the connection is closed. */
  waitFor(pattern: RegExp): Promise<string>;
  /** Resolves with everything received when the other side closed. */
  closed: Promise<string>;
  /** Writes, waiting while the other side does not read. False when the connection is gone. */
  write(data: string | Uint8Array): Promise<boolean>;
  end(): void;
}

export function openRaw(url: string): RawConnection {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  let text = '';
  const watchers = new Set<() => void>();
  const tell = (): void => {
    for (const watch of watchers) watch();
  };
  socket.on('data', (chunk) => {
    text += chunk.toString('latin1');
    tell();
  });
  socket.on('error', () => {});
  let isClosed = false;
  const closed = new Promise<string>((resolve) => {
    socket.on('close', () => {
      isClosed = true;
      tell();
      resolve(text);
    });
  });
  return {
    socket,
    received: () => text,
    closed,
    waitFor(pattern) {
      return new Promise((resolve) => {
        const watch = (): void => {
          if (!pattern.test(text) && !isClosed) return;
          watchers.delete(watch);
          resolve(text);
        };
        watchers.add(watch);
        watch();
      });
    },
    write(data) {
      if (socket.destroyed) return Promise.resolve(false);
      if (socket.write(data)) return Promise.resolve(true);
      return new Promise((resolve) => {
        const settle = (): void => {
          socket.off('drain', settle).off('close', settle);
          resolve(!socket.destroyed);
        };
        socket.on('drain', settle).on('close', settle);
      });
    },
    end: () => socket.destroy(),
  };
}
