/** How often each plugin failed in one task. */
import type { PreparedBatch } from '../event/prepared.js';
import type { PluginOutcome } from './plugin-call.js';
import type { PluginTurn } from './plugin-stage.js';

export class PluginErrors {
  private readonly counts = new Map<string, PreparedBatch['pluginErrors'][number]>();

  /** Counts what failed in a turn: plugins, and validators of event types. */
  add({ call }: PluginTurn, outcomes: readonly PluginOutcome[]): void {
    outcomes.forEach(({ failed, validators = [] }, i) => {
      if (failed) this.count(failed.plugin, failed.code);
      validators.forEach((found, n) => {
        if (found !== null && 'failure' in found)
          this.count(call.inputs[i]?.validators?.[n]?.name ?? '', 'plugin_failed');
      });
    });
  }

  private count(plugin: string, code: PreparedBatch['pluginErrors'][number]['code']): void {
    const key = `${plugin} ${code}`;
    const known = this.counts.get(key);
    if (known) known.count += 1;
    else this.counts.set(key, { plugin, code, count: 1 });
  }

  list(): PreparedBatch['pluginErrors'] {
    return [...this.counts.values()];
  }
}
