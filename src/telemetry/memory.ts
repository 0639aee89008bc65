/** How much of the memory there is a process, or what it leans on, has in use. */
import { totalmem } from 'node:os';
import { getHeapStatistics } from 'node:v8';

/** Memory in use of what may be used, in bytes, and whose it is, such as "its heap". */
export interface MemoryUse {
  readonly of: string;
  readonly used: number;
  readonly limit: number;
}

export const shareOf = ({ used, limit }: MemoryUse): number => Math.min(1, Math.max(0, used / limit));

/** The one with the greatest share. Undefined: there is none. */
export function findTightest<Use extends MemoryUse>(uses: readonly Use[]): Use | undefined {
  return uses.toSorted((a, b) => shareOf(b) - shareOf(a))[0];
}

/** What is in use by everything on this machine, or in this container when it has a limit of its own. */
function readMachine(): MemoryUse {
  const constrained = process.constrainedMemory();
  const isContainer = constrained > 0 && constrained < totalmem();
  const limit = isContainer ? constrained : totalmem();
  return {
    of: isContainer ? 'its container' : 'its machine',
    used: limit - process.availableMemory(),
    limit,
  };
}

/** A process ends when its own heap is full, however much the machine has left. */
function readHeap(): MemoryUse {
  const { used_heap_size: used, heap_size_limit: limit } = getHeapStatistics();
  return { of: 'its heap', used, limit };
}

/** What this process is closest to running out of. Heaps of worker threads have limits of their own, and are replaced there. */
export const readProcessMemory = (): MemoryUse => findTightest([readMachine(), readHeap()])!;
