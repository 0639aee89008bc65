/** Groups of a cohort's people by what they do: what is measured of each, the clusters, and each cluster in words. */
import { chooseClusters, type Point } from '../../statistics/clusters.js';
import type { History } from './history.js';

const DAY_MS = 86_400_000;
/** Fewer people have no groups worth telling. */
const PEOPLE_MIN = 50;
/** People the clusters are made of; of more, every so many-th. */
const PEOPLE_MAX = 10_000;
const CLUSTERS_MAX = 8;
/** Event types that count, the most frequent ones. */
const KINDS_MAX = 20;
const SEED = 1;
/** Things said of a cluster, and how far from everybody (in standard deviations) a thing has to be to be said. */
const SAID_MAX = 3;
const FAR = 0.3;
/** Below this silhouette groups flow into each other. */
const APART = 0.25;

/** What is measured of one person, before logarithms: times of each type, then the two numbers of every person. */
interface Measured {
  readonly times: Float64Array;
  readonly awayDays: number;
  /** Share of days since her first event on which she did something. */
  readonly regularity: number;
}

export interface Trait {
  readonly trait: string;
  /** Means in the cluster and among the other members. */
  readonly inside: number;
  readonly outside: number;
  /** In standard deviations of all members. */
  readonly distance: number;
}

export interface BehaviourCluster {
  readonly people: number;
  readonly share: number;
  readonly traits: readonly Trait[];
  readonly description: string;
}

export interface Behaviour {
  readonly silhouette: number;
  /** Whether the groups lie apart, or merely cut one crowd into parts. */
  readonly apart: boolean;
  readonly clustered: number;
  readonly clusters: readonly BehaviourCluster[];
}

function measure({ instants, kinds }: History, types: number, endMs: number): Measured {
  const times = new Float64Array(types);
  for (const kind of kinds) if (kind < types) times[kind]! += 1;
  const days = new Set(Array.from(instants, (ms) => Math.floor((endMs - ms) / DAY_MS)));
  const since = Math.floor((endMs - instants[0]!) / DAY_MS) + 1;
  return { times, awayDays: (endMs - instants.at(-1)!) / DAY_MS, regularity: days.size / since };
}

const toPoint = ({ times, awayDays, regularity }: Measured): Point =>
  Float64Array.from([...Array.from(times, Math.log1p), Math.log1p(awayDays), regularity]);

function standardise(points: readonly Point[]): Point[] {
  const width = points[0]!.length;
  const scaled = points.map((point) => Float64Array.from(point));
  for (let d = 0; d < width; d++) {
    const mean = points.reduce((sum, point) => sum + point[d]!, 0) / points.length;
    const variance = points.reduce((sum, point) => sum + (point[d]! - mean) ** 2, 0) / points.length;
    const deviation = variance > 1e-18 ? Math.sqrt(variance) : Number.POSITIVE_INFINITY;
    for (const [i, point] of points.entries()) scaled[i]![d] = (point[d]! - mean) / deviation;
  }
  return scaled;
}

const meanOf = (values: readonly number[]): number =>
  values.length === 0 ? 0 : values.reduce((sum, value) => sum + value, 0) / values.length;

const round = (value: number): string => (value >= 10 ? value.toFixed(0) : value.toFixed(1));

function describeTrait({ trait, inside, outside }: Trait): string {
  if (trait === 'recency')
    return `last active ${round(inside)} days ago on average (others: ${round(outside)})`;
  if (trait === 'regularity')
    return `active on ${(inside * 100).toFixed(0)} % of days (others: ${(outside * 100).toFixed(0)} %)`;
  if (outside === 0) return `${trait} ${round(inside)} times each, which the others never do`;
  if (inside === 0) return `never ${trait}`;
  const ratio = inside / outside;
  return ratio >= 1
    ? `${trait} ${round(ratio)} times as often as the others`
    : `${trait} ${round(1 / ratio)} times less often than the others`;
}

function describeCluster(
  measured: readonly Measured[],
  scaled: readonly Point[],
  inside: readonly boolean[],
  types: readonly string[],
): BehaviourCluster {
  const people = inside.filter(Boolean).length;
  const split = (numberOf: (one: Measured) => number) => ({
    inside: meanOf(measured.filter((_, i) => inside[i]).map(numberOf)),
    outside: meanOf(measured.filter((_, i) => !inside[i]).map(numberOf)),
  });
  const means = [
    ...types.map((trait, kind) => ({ trait, ...split(({ times }) => times[kind]!) })),
    { trait: 'recency', ...split(({ awayDays }) => awayDays) },
    { trait: 'regularity', ...split(({ regularity }) => regularity) },
  ];
  const traits = means
    .map((mean, d) => ({
      ...mean,
      distance: meanOf(scaled.filter((_, i) => inside[i]).map((point) => point[d]!)),
    }))
    .filter(({ distance }) => Math.abs(distance) >= FAR)
    .sort((a, b) => Math.abs(b.distance) - Math.abs(a.distance))
    .slice(0, SAID_MAX);
  const description =
    traits.length === 0 ? 'Much like everybody else.' : `${traits.map(describeTrait).join('; ')}.`;
  return { people, share: people / measured.length, traits, description };
}

/** Groups members by behaviour as of `endMs`; undefined when there are too few. `types` are event types, the most frequent first. */
export function groupByBehaviour(
  members: readonly History[],
  types: readonly string[],
  endMs: number,
): Behaviour | undefined {
  if (members.length < PEOPLE_MIN) return undefined;
  const step = Math.ceil(members.length / PEOPLE_MAX);
  const chosen = members.filter((_, i) => i % step === 0);
  const named = types.slice(0, KINDS_MAX);
  const measured = chosen.map((history) => measure(history, named.length, endMs));
  const scaled = standardise(measured.map(toPoint));
  const { of, centres, silhouette } = chooseClusters(scaled, CLUSTERS_MAX, SEED);
  const clusters = centres
    .map((_, cluster) =>
      describeCluster(
        measured,
        scaled,
        Array.from(of, (one) => one === cluster),
        named,
      ),
    )
    .filter(({ people }) => people > 0)
    .sort((a, b) => b.people - a.people);
  return { silhouette, apart: silhouette >= APART, clustered: chosen.length, clusters };
}
