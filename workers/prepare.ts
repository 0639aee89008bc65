/** Entry point of the threads that prepare batches: see src/pool/prepare-pool.ts. */
export { handlePackedTask } from '../src/pool/prepare-task.js';
