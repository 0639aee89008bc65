/** Entry point of the process that runs users' plugins: see src/plugins/runner.ts. */
import { writeSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { loadPlugins, PluginRefused } from '../src/plugins/load.js';
import { describeThrown, type LoadedPlugin, runPlugins } from '../src/plugins/runtime.js';
import { REPLY_FD, type Reply, type Request } from '../src/plugins/wire.js';

/** Outcomes of a request that is not careful are written in lines of about this many characters. */
const FLUSH_CHARACTERS = 64 * 1024;

let plugins: LoadedPlugin[] = [];

function reply(message: Reply): void {
  const bytes = Buffer.from(`${JSON.stringify(message)}\n`);
  for (let at = 0; at < bytes.length; ) at += writeSync(REPLY_FD, bytes, at);
}

async function load({ load: sources }: Extract<Request, { load: unknown }>): Promise<void> {
  try {
    plugins = await loadPlugins(sources);
    reply({ loaded: plugins.map(({ file, name, kind, events }) => ({ file, name, kind, events })) });
  } catch (error) {
    reply({ refused: error instanceof PluginRefused ? error.message : describeThrown(error) });
  }
}

function run({ place, inputs, careful, ...context }: Exclude<Request, { load: unknown }>): void {
  const ms: Record<string, number> = {};
  const watch = {
    begin: (plugin: string) => {
      if (careful) reply({ running: plugin });
    },
    spent: (plugin: string, spent: number) => {
      ms[plugin] = (ms[plugin] ?? 0) + spent;
    },
  };
  let outcomes: string[] = [];
  let characters = 0;
  const flush = (): void => {
    if (outcomes.length === 0) return;
    const bytes = Buffer.from(`{"outcomes":[${outcomes.join(',')}]}\n`);
    for (let at = 0; at < bytes.length; ) at += writeSync(REPLY_FD, bytes, at);
    outcomes = [];
    characters = 0;
  };
  for (const input of inputs) {
    const text = writeOutcome(() => runPlugins(plugins, place, input, context, watch));
    outcomes.push(text);
    characters += text.length;
    if (careful || characters > FLUSH_CHARACTERS) flush();
  }
  flush();
  reply({ done: ms });
}

/** An outcome may hold what no JSON can: that fails its event alone. */
function writeOutcome(make: () => ReturnType<typeof runPlugins>): string {
  const outcome = make();
  try {
    return JSON.stringify(outcome);
  } catch (error) {
    const failed = { plugin: outcome.by ?? '', code: 'plugin_failed', message: describeThrown(error) };
    return JSON.stringify({ failed });
  }
}

for await (const line of createInterface({ input: process.stdin })) {
  const request = JSON.parse(line) as Request;
  if ('load' in request) await load(request);
  else run(request);
}
