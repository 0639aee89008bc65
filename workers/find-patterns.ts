import { type PatternTask, runPatternTask } from '../src/query/patterns/answer.js';
import { serveTask } from '../src/query/task-thread.js';

await serveTask((task: PatternTask) => runPatternTask(task));
