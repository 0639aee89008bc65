/** What every route of the app finds in its context. */
import type { Context } from 'hono';
import type { Access } from '../access/access.js';
import type { RequestHead } from './transport/exchange.js';

export interface AppEnv {
  Bindings: {
    requestId: string;
    head: RequestHead;
    /** Access given by this process itself to a request it makes on somebody's behalf: no key is looked for. */
    granted?: Access;
    /** How long the answer is kept at least, when this process asks for others. */
    keepAnswerMs?: number;
  };
  Variables: { access: Access };
}

export type AppContext = Context<AppEnv>;
