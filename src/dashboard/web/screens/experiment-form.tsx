/** The left half of the experiments screen: who takes part, what it should change, and how that is judged. */
import { useState } from 'preact/hooks';
import { useProperties } from '../ui/catalogue.js';
import { Conditions } from '../ui/conditions.js';
import { NamesInput, RangePicker, Select, TextInput } from '../ui/fields.js';
import { Goals } from './experiment-goals.js';
import { type AskedExperiment, EMPTY_EXPERIMENT } from './experiment-question.js';
import { MatchFields } from './match-fields.js';

const CORRECTIONS = [
  ['holm', 'Holm’s'],
  ['benjamini_hochberg', 'Benjamini and Hochberg’s'],
  ['none', 'none'],
] as const;
const KEEPS = [
  ['', 'no: asked anew each time'],
  ['from', 'its beginning'],
  ['to', 'its end'],
  ['both', 'its beginning and its end'],
] as const;

interface Props {
  asked: AskedExperiment;
  names: readonly string[];
  change: (change: Partial<AskedExperiment>) => void;
}

export function ExperimentForm({ asked, names, change }: Props) {
  return (
    <>
      <Exposure asked={asked} names={names} change={change} />
      <Goals goals={asked.goals} names={names} onChange={(goals) => change({ goals })} />
      <TextInput
        label="Goals count for so long after the exposure"
        value={asked.window}
        placeholder="14d"
        onChange={(window) => change({ window })}
      />
      <TextInput
        label="Smallest change worth seeing, in % of the control"
        value={asked.minimalEffect}
        placeholder="5"
        onChange={(minimalEffect) => change({ minimalEffect })}
      />
      <RangePicker range={asked} onChange={change} />
      <Rules asked={asked} change={change} />
    </>
  );
}

function Exposure({ asked, names, change }: Props) {
  const { exposure } = asked;
  const properties = useProperties(exposure.events);
  const set = (part: Partial<AskedExperiment['exposure']>): void =>
    change({ exposure: { ...exposure, ...part } });
  return (
    <>
      <MatchFields
        match={exposure}
        label="Event that exposes a person"
        names={names}
        placeholder="experiment_seen"
        only="Exposures only where"
        onChange={set}
      />
      <TextInput
        label="Property that names the variant"
        value={asked.variant}
        list={properties}
        placeholder="variant"
        onChange={(variant) => change({ variant })}
      />
      <NamesInput
        label="Variants, the control first (empty: those that occur)"
        names={asked.variants}
        placeholder="control, green"
        onChange={(variants) => change({ variants })}
      />
    </>
  );
}

const hasRules = (asked: AskedExperiment): boolean =>
  asked.correction !== EMPTY_EXPERIMENT.correction ||
  asked.split.length + asked.where.length > 0 ||
  [asked.prePeriod, asked.alpha, asked.power, asked.plannedUnits, asked.keeps].some((text) => text !== '');

function Rules({ asked, change }: Omit<Props, 'names'>) {
  // Rules that were saved are seen without a click.
  const [open] = useState(hasRules(asked));
  return (
    <details open={open}>
      <summary>More rules</summary>
      <div class="ask">
        <NamesInput
          label="Shares the variants were meant to have (empty: equal)"
          names={asked.split}
          placeholder="1, 1"
          onChange={(split) => change({ split })}
        />
        <Conditions
          conditions={asked.where}
          events={asked.exposure.events}
          label="Exposures and goals only where"
          onChange={(where) => change({ where })}
        />
        <TextInput
          label="How long before is looked at for what people did anyway (0s: not at all)"
          value={asked.prePeriod}
          placeholder="14d"
          onChange={(prePeriod) => change({ prePeriod })}
        />
        <TextInput
          label="Chance of a false alarm that is accepted (alpha)"
          value={asked.alpha}
          placeholder="0.05"
          onChange={(alpha) => change({ alpha })}
        />
        <TextInput
          label="Chance to see that smallest change (power)"
          value={asked.power}
          placeholder="0.8"
          onChange={(power) => change({ power })}
        />
        <Select
          label="Correction for several comparisons"
          value={asked.correction}
          options={CORRECTIONS}
          onChange={(correction) => change({ correction })}
        />
        <TextInput
          label="People a variant at which you expect to look"
          value={asked.plannedUnits}
          placeholder="10000"
          onChange={(plannedUnits) => change({ plannedUnits })}
        />
        <Select
          label="Save the range with it"
          value={asked.keeps}
          options={KEEPS}
          onChange={(keeps) => change({ keeps: keeps as AskedExperiment['keeps'] })}
        />
      </div>
    </details>
  );
}
