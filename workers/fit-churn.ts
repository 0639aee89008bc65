import { type ChurnTask, runChurnTask } from '../src/predict/churn/task.js';
import { serveTask } from '../src/query/task-thread.js';

await serveTask((task: ChurnTask) => runChurnTask(task));
