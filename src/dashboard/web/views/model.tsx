/** A saved model with its scoreboard: what it foretold of time it had not seen, and what came true. */

import { addressOf } from '../address.js';
import { formatTime } from '../format.js';
import { PlaceLink } from '../ui/place-link.js';
import { type ChurnAnswer, ChurnPicture } from './churn.js';
import { type LtvAnswer, LtvPicture } from './ltv.js';
import type { ViewProps } from './view.js';

/** The place asks by week. */
export const WEEK_DAYS = 7;

export type TrainedAnswer = ChurnAnswer & LtvAnswer & { data: { rows_read: number }; unit_days?: number };

export interface Training {
  version: number;
  state: string;
  asked_at: string;
  trained_at: string | null;
  reason?: string;
  answer: TrainedAnswer | null;
}

export interface ShownModel {
  id: string;
  kind: 'ltv' | 'churn';
  name: string;
  latest: Training;
}

interface PictureProps {
  kind: ShownModel['kind'];
  answer: TrainedAnswer;
  compact?: boolean;
}

export const ModelPicture = ({ kind, answer, compact }: PictureProps) =>
  kind === 'churn' ? (
    <ChurnPicture answer={answer} compact={compact} />
  ) : (
    <LtvPicture answer={answer} periodDays={answer.unit_days ?? WEEK_DAYS} compact={compact} />
  );

/** What is said of a training in one line. */
export const describeTraining = ({ version, state, trained_at, reason }: Training): string =>
  [`Version ${version}: ${state}`, trained_at && `, ${formatTime(trained_at)}`, reason && `: ${reason}`]
    .filter(Boolean)
    .join('');

export function ModelView({ data, compact = false }: ViewProps) {
  const { id, kind, name, latest } = data as ShownModel;
  return (
    <>
      <p class="muted">
        <PlaceLink href={addressOf('predictions', undefined, id)}>{name}</PlaceLink>.{' '}
        {describeTraining(latest)}
      </p>
      {latest.answer ? (
        <ModelPicture kind={kind} answer={latest.answer} compact={compact} />
      ) : (
        <p class="empty">The scoreboard appears here when this version is trained.</p>
      )}
    </>
  );
}
