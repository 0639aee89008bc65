/** What a model says of one person, as it is listed and kept. */
export interface ForetoldPerson {
  readonly person: string;
  /** person_key, in decimal: what cohorts are joined by. */
  readonly key: string;
  /** What people are sorted by, the greatest first: the risk to leave, or the value expected. */
  readonly score: number;
  /** What is shown of the person beside the name. */
  readonly shown: Readonly<Record<string, unknown>>;
}

/** A model's answer, and everybody it foretold something of, the greatest score first; nobody when the baseline won. */
export interface Training<Answer> {
  readonly answer: Answer;
  readonly people: readonly ForetoldPerson[];
}
