/** Saved questions of one kind: one is chosen, changed, given another name, deleted; a new one is saved. */
import { useState } from 'preact/hooks';
import type { PlacePath } from '../../places.js';
import { callApi, useAnswer } from '../api.js';
import { addressOf, navigate } from '../route.js';
import { useCall } from './call.js';
import { Select, TextInput } from './fields.js';
import { ProblemNote } from './problem.js';
import { SureButton } from './sure-button.js';

/** Links to saved questions beside an empty answer; the list above the form has all. */
const LINKS_SHOWN = 10;

/** As every list of saved questions tells them. */
export interface Saved {
  id: string;
  name: string;
  version: number;
  [field: string]: unknown;
}

interface LinksProps {
  place: PlacePath;
  /** What one is called: "funnel". */
  kind: string;
  list: readonly Saved[];
}

/** Those there are, for whoever has asked nothing yet. */
export const SavedLinks = ({ place, kind, list }: LinksProps) =>
  list.length === 0 ? null : (
    <>
      <p>Or open a saved {kind}:</p>
      <ul>
        {list.slice(0, LINKS_SHOWN).map(({ id, name }) => (
          <li key={id}>
            <a href={addressOf(place, undefined, id)}>{name}</a>
          </li>
        ))}
      </ul>
    </>
  );

interface Props extends LinksProps {
  /** The list's, where a new one is posted. */
  path: string;
  /** The one that is open. */
  saved: Saved | undefined;
  /** What the form says now; undefined while something is missing. */
  definition: Readonly<Record<string, unknown>> | undefined;
  /** The form says something else than what was saved. */
  isChanged: boolean;
  /** What the address keeps. */
  asked: object;
  onSaved: () => void;
}

export function SavedQuestions({
  path,
  place,
  kind,
  list,
  saved,
  definition,
  isChanged,
  asked,
  onSaved,
}: Props) {
  const [name, setName] = useState(saved?.name ?? '');
  const [problem, run] = useCall();
  const save = (): Promise<void> =>
    run(async () => {
      const made = await callApi<Saved>(saved ? `${path}/${saved.id}` : path, {
        method: saved ? 'PUT' : 'POST',
        body: { ...definition, name },
      });
      onSaved();
      navigate(addressOf(place, asked, made.id));
    });
  const remove = (): Promise<void> =>
    run(async () => {
      await callApi(`${path}/${saved!.id}`, { method: 'DELETE' });
      navigate(`/${place}`);
    });
  const isNew = name.trim() !== '' && (!saved || isChanged || name !== saved.name);
  return (
    <>
      {problem && <ProblemNote problem={problem} />}
      {list.length > 0 && (
        <Select
          label={`Saved ${kind}s`}
          value={saved?.id ?? ''}
          options={[['', 'A new one'], ...list.map(({ id, name: own }) => [id, own] as const)]}
          onChange={(id) => navigate(addressOf(place, undefined, id))}
        />
      )}
      {definition && (
        <>
          <div class="row">
            <TextInput label="Name" hidden value={name} placeholder="Name, to save it" onChange={setName} />
            <button type="button" disabled={!isNew} onClick={save}>
              Save
            </button>
          </div>
          {saved && (
            <div class="row">
              <span class="muted">
                version {saved.version}
                {isChanged && ', changed since'}
              </span>
              <SureButton text="Delete" sure={`Delete this ${kind}?`} onClick={remove} />
            </div>
          )}
        </>
      )}
    </>
  );
}

/** All saved questions, and the one with an id: undefined while it is on its way, and for a new one; `reread` after a change. */
export function useSaved(path: string, item: string) {
  const [version, setVersion] = useState(0);
  const list = useAnswer<{ data: Saved[] }>({ path: `${path}?limit=1000` }, undefined, version);
  const { data, problem } = useAnswer<Saved>(
    item === '' ? undefined : { path: `${path}/${item}` },
    undefined,
    version,
  );
  return { list: list.data?.data ?? [], saved: data, problem, reread: () => setVersion(version + 1) };
}
