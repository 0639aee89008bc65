import type { ComponentChildren } from 'preact';
import { SHARED_PLACE } from '../../places.js';
import { readRoute } from '../address.js';

/** The page is a dashboard seen through its link: its reader has no key, and every other place would ask for one. */
export const isBehindLink = (): boolean => readRoute().place === SHARED_PLACE;

interface Props {
  href: string;
  class?: string;
  title?: string;
  children: ComponentChildren;
}

/** A link to another place; behind a link, where none is open, its words alone. */
export const PlaceLink = ({ children, ...link }: Props) =>
  isBehindLink() ? <span class={link.class}>{children}</span> : <a {...link}>{children}</a>;
