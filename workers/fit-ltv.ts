import { answerLtv } from '../src/predict/ltv/answer.js';
import type { LtvInput } from '../src/predict/ltv/model.js';
import { serveTask } from '../src/query/task-thread.js';

await serveTask((input: LtvInput & { limit: number }) => answerLtv(input, input.limit));
