import type { Config } from '../config.js';
import type { Keys } from '../embedded/data-folder.js';
import type { Running } from './role-process.js';

/** What the command line can start: the rooms above it, handed in by main.ts. */
export interface Rooms {
  createLog(component: string): Promise<{ warn(fields: object, message: string): void }>;
  /** Brings the schemas of both stores up to date; the names of the migrations that ran. */
  migrate(urls: { clickhouseUrl: string; databaseUrl: string }): Promise<string[]>;
  /** Sentences about a Redis that keeps less than is promised; throws when it cannot be reached or used. */
  checkRedis(redisUrl: string): Promise<string[]>;
  /** Makes the keys of the project "default" known to the front; sentences about those that will not work. */
  storeKeys(databaseUrl: string, keys: Keys): Promise<string[]>;
  /** Reads the code of a role; what it resolves with starts it. */
  loadApi(): Promise<(config: Config) => Promise<Running>>;
  loadIngest(): Promise<(config: Config) => Promise<Running>>;
  runEngine(options: {
    dataPath: string;
    port: number;
    user: string;
    password: string;
    database: string;
  }): Promise<Running>;
}
