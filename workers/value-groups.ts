import { type GroupTask, valueGroups } from '../src/predict/ltv/groups.js';
import { serveTask } from '../src/query/task-thread.js';

await serveTask((task: GroupTask) => valueGroups(task));
