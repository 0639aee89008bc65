import { type LtvTask, runLtvTask } from '../src/predict/ltv/task.js';
import { serveTask } from '../src/query/task-thread.js';

await serveTask((task: LtvTask) => runLtvTask(task));
