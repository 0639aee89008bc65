/** Imports plugins from their sources, inside the plugin process, and says what each is. */
import { PLUGIN_KINDS, type PluginKind } from '../pipeline/plugin-call.js';
import { describeThrown, type LoadedPlugin } from './runtime.js';

/** A file of the plugin folder. */
export interface PluginSource {
  file: string;
  source: string;
}

const NAME = /^[a-z0-9][a-z0-9_-]{0,63}$/;

/** A plugin that cannot be taken, with its file's name. */
export class PluginRefused extends Error {}

function readStage({ file }: PluginSource, module: object): LoadedPlugin {
  const refuse = (reason: string) => new PluginRefused(`${file}: ${reason}`);
  const stage: unknown = 'stage' in module ? module.stage : undefined;
  if (typeof stage !== 'object' || stage === null)
    throw refuse('exports no "stage": export const stage = {name, kind, run}');
  const { name, kind, run, events } = stage as Record<string, unknown>;
  if (typeof name !== 'string' || !NAME.test(name))
    throw refuse('stage.name has 1 to 64 lower-case letters, digits, _ and -');
  if (!PLUGIN_KINDS.includes(kind as PluginKind))
    throw refuse(`stage.kind is one of ${PLUGIN_KINDS.join(', ')}`);
  if (typeof run !== 'function') throw refuse('stage.run is a function');
  if (events !== undefined && !(Array.isArray(events) && events.every((one) => typeof one === 'string')))
    throw refuse('stage.events is an array of names of event types');
  return {
    file,
    name,
    kind: kind as PluginKind,
    events: events as string[] | undefined,
    run: (subject, context) => run.call(stage, subject, context),
  };
}

/** Imports every source as it was read, whatever the file is now. Throws PluginRefused. */
export async function loadPlugins(sources: readonly PluginSource[]): Promise<LoadedPlugin[]> {
  const plugins: LoadedPlugin[] = [];
  for (const source of sources) {
    const url = `data:text/javascript;base64,${Buffer.from(source.source).toString('base64')}`;
    let module: object;
    try {
      module = (await import(url)) as object;
    } catch (error) {
      throw new PluginRefused(`${source.file}: ${describeThrown(error)}`);
    }
    const plugin = readStage(source, module);
    const twin = plugins.find(({ name }) => name === plugin.name);
    if (twin) throw new PluginRefused(`${source.file}: "${plugin.name}" is the name of ${twin.file} already`);
    plugins.push(plugin);
  }
  return plugins;
}
