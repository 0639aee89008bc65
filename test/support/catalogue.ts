import type { Catalogue } from '../../src/mdl/catalogue.js';

/** A project of which nothing is known. Every name is a warning, none an error. */
export const EMPTY_CATALOGUE: Catalogue = Object.freeze({
  events: new Map(),
  userProperties: new Map(),
  contextProperties: new Map(),
  cohorts: new Map(),
  metrics: new Map(),
  strict: false,
});
