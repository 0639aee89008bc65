/** What alerting does by itself in every front; each thing is done by one front at a time. */
import { watchVitals } from '../telemetry/vitals.js';
import type { WebhookSender } from '../webhook/sender.js';
import { type AlertListener, startAnnouncer } from './announcer.js';
import { createAlertOutbox } from './outbox.js';
import type { ReaderParts } from './reader.js';
import { createAlertRunner } from './runner.js';
import { createSampler, type SamplerParts } from './sampler.js';

export interface AlertingOptions extends ReaderParts, SamplerParts {
  readonly sender: WebhookSender;
  readonly listener: AlertListener;
  readonly onError: (error: Error) => void;
}

export interface Alerting {
  close(): Promise<void>;
}

/** Starts it; close() ends what is under way between two steps. */
export function startAlerting(options: AlertingOptions): Alerting {
  const { metadata, redis, listener, onError } = options;
  const parts = [
    watchVitals({ role: 'front', redis, callsWaiting: metadata.callsWaiting }),
    createSampler(options, onError),
    createAlertRunner(options),
    createAlertOutbox(options),
    startAnnouncer(metadata, listener, onError),
  ];
  return {
    async close() {
      await Promise.all(parts.map((part) => part.close()));
    },
  };
}
