/**
 * Runs users' plugins for one worker thread, in a process of their own.
 *
 *   quick     a slice of events goes to the process at once, and its outcomes come back together
 *   careful   a slice during which the process fell silent, died or took too much memory is run again from the start, each
 *             plugin being announced before it runs. Who is silent now is known by name: its event fails, a new process takes
 *             the rest. So an event fails only after it has failed twice, and it fails alone
 *
 * A task whose plugins had to be stopped STOPS_MAX times is not tried further: the rest of its events that a plugin wants to see
 * fail. Passing them unseen could store what was to be redacted.
 */
import type {
  PluginAnswer,
  PluginCall,
  PluginDescriptor,
  PluginFailure,
  PluginHost,
  PluginInput,
  PluginOutcome,
} from '../pipeline/plugin-call.js';
import type { PluginSource } from './load.js';
import {
  type Ending,
  loadInto,
  type PluginProcess,
  type PluginSettings,
  startPluginProcess,
} from './process.js';

/** Events that go to the process at once, and characters of their JSON. */
const SLICE_EVENTS = 200;
const SLICE_CHARACTERS = 512 * 1024;
/** Times the process may be stopped in one task: each costs the timeout and a start of Node, and the batch waits. */
export const STOPS_MAX = 10;

/** One state of the plugin folder. */
export interface PluginSet {
  /** A hash of the sources. */
  revision: string;
  sources: readonly PluginSource[];
  plugins: readonly PluginDescriptor[];
}

export interface PluginRunner {
  readonly revision: string;
  /** The plugins for one task. */
  forTask(): PluginHost;
  stop(): void;
}

const ENDINGS: Readonly<Record<Exclude<Ending, 'done'>, Pick<PluginFailure, 'code' | 'message'>>> = {
  timeout: { code: 'plugin_timeout', message: 'took too long and was stopped' },
  memory: { code: 'plugin_memory', message: 'took too much memory and was stopped' },
  died: { code: 'plugin_failed', message: 'ended its process' },
};

export function createPluginRunner(set: PluginSet, settings: PluginSettings): PluginRunner {
  let current: PluginProcess | undefined;

  /** The process with its plugins, or why there is none. */
  async function ready(): Promise<PluginProcess | { refused: string }> {
    if (current !== undefined && !current.isGone) return current;
    const started = startPluginProcess(settings);
    const loaded = await loadInto(started, set.sources);
    if ('refused' in loaded) {
      started.stop();
      return loaded;
    }
    current = started;
    return started;
  }

  return {
    revision: set.revision,
    forTask: () => new TaskHost(set.plugins, ready),
    stop: () => current?.stop(),
  };
}

class TaskHost implements PluginHost {
  private stops = 0;

  constructor(
    readonly plugins: readonly PluginDescriptor[],
    private readonly ready: () => Promise<PluginProcess | { refused: string }>,
  ) {}

  async run(call: PluginCall): Promise<PluginAnswer> {
    const outcomes: PluginOutcome[] = [];
    const ms: Record<string, number> = {};
    for (const slice of cutSlices(call.inputs)) {
      const quick = await this.ask({ ...call, inputs: slice }, false, ms);
      const isWhole = quick.ending === 'done' && quick.outcomes.length === slice.length;
      outcomes.push(...(isWhole ? quick.outcomes : await this.runCarefully({ ...call, inputs: slice }, ms)));
    }
    return { outcomes, ms };
  }

  private async runCarefully(call: PluginCall, ms: Record<string, number>): Promise<PluginOutcome[]> {
    const outcomes: PluginOutcome[] = [];
    const { inputs } = call;
    while (outcomes.length < inputs.length) {
      if (this.stops >= STOPS_MAX) {
        const message = `plugins had to be stopped ${STOPS_MAX} times in this batch; the rest of it was not tried`;
        outcomes.push({ failed: { plugin: '', code: 'plugin_timeout', message } });
        continue;
      }
      const rest = { ...call, inputs: inputs.slice(outcomes.length) };
      const { ending, outcomes: got, running, refused } = await this.ask(rest, true, ms);
      outcomes.push(...got);
      if (refused !== undefined) {
        const message = `the plugins cannot be loaded: ${refused}`;
        const failed = { plugin: '', code: 'plugin_failed' as const, message };
        return [...outcomes, ...rest.inputs.map(() => ({ failed }))];
      }
      if (outcomes.length === inputs.length) break;
      this.stops += 1;
      const how = ENDINGS[ending === 'done' ? 'died' : ending];
      outcomes.push({ failed: { plugin: running, ...how } });
    }
    return outcomes;
  }

  private async ask(
    { place, project, receivedAtMs, inputs }: PluginCall,
    careful: boolean,
    ms: Record<string, number>,
  ): Promise<{ ending: Ending; outcomes: PluginOutcome[]; running: string; refused?: string }> {
    const outcomes: PluginOutcome[] = [];
    let running = '';
    const target = await this.ready();
    if ('refused' in target) return { ending: 'done', outcomes, running, refused: target.refused };
    const received_at = new Date(receivedAtMs).toISOString();
    const ending = await target.ask({ place, project, received_at, inputs, careful }, (reply) => {
      if ('running' in reply) running = reply.running;
      else if ('outcomes' in reply) outcomes.push(...reply.outcomes);
      else if ('done' in reply)
        for (const [plugin, spent] of Object.entries(reply.done)) ms[plugin] = (ms[plugin] ?? 0) + spent;
    });
    return { ending, outcomes, running };
  }
}

function* cutSlices(inputs: readonly PluginInput[]): Generator<PluginInput[]> {
  let slice: PluginInput[] = [];
  let characters = 0;
  for (const input of inputs) {
    const length = JSON.stringify(input).length;
    if (slice.length >= SLICE_EVENTS || (slice.length > 0 && characters + length > SLICE_CHARACTERS)) {
      yield slice;
      slice = [];
      characters = 0;
    }
    slice.push(input);
    characters += length;
  }
  if (slice.length > 0) yield slice;
}
