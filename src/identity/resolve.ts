/**
 * Who is the same person: the links of a project, taken one after another in the order in which they were stored. Pure.
 *
 * A *node* is an id as events carry it: a user's (`user_id`) or an anonymous one. A *person* is a set of nodes, known by its first:
 * its user where it has one, else the anonymous id it began with. A link says that an old id belongs to the person of an event:
 *
 *   $identify   the event's anonymous_id belongs to its user_id
 *   $alias      previous_id belongs to the event's person: the anonymous id of that name, and, when the event carries a user_id, the
 *               user of that name as well
 *
 * The first link of an id holds. A link that would join two users is refused as a whole and nothing changes. Therefore taking
 * the same links again changes nothing: what was joined stays joined, what was refused is refused again. A user is
 * somebody as soon as an event carries its user_id, and nobody before; PostHog's clients do not tell users from devices, so
 * a name they link is somebody only once it was identified itself.
 */

/** An id; `key` is its person_key in `events`, in decimal digits. */
export interface Node {
  readonly key: string;
  readonly name: string;
  readonly isUser: boolean;
}

export interface Link {
  readonly eventId: string;
  /** Whose event it is. */
  readonly person: Node;
  /** The old id, as an anonymous one. */
  readonly anonymous: Node;
  /** The old id as a user's, when the link speaks of that too; its event carries a user_id then. */
  readonly user: Node | undefined;
  /** Whether somebody was known by `user` when the link was stored. */
  readonly isUserKnown: boolean;
}

export interface RefusedLink {
  readonly link: Link;
  /** The user whom the old id belongs to. */
  readonly owner: Node;
  /** The user whom the link would have given it to. */
  readonly claimant: Node;
}

/** A node that became part of another's person. */
export interface Override {
  readonly key: string;
  readonly target: Node;
}

/** What is known of the persons before the links: who a node belongs to, and which nodes belong to an anonymous one. */
export interface Persons {
  readonly rootOf: ReadonlyMap<string, Node>;
  readonly membersOf: ReadonlyMap<string, readonly string[]>;
}

class Resolver {
  private readonly roots: Map<string, Node>;
  private readonly members: Map<string, string[]>;
  private readonly linked: Set<string>;
  readonly overrides = new Map<string, Node>();
  readonly refused: RefusedLink[] = [];

  constructor({ rootOf, membersOf }: Persons) {
    this.roots = new Map(rootOf);
    this.members = new Map([...membersOf].map(([key, members]) => [key, [...members]]));
    this.linked = new Set([...rootOf.keys(), ...[...rootOf.values()].map(({ key }) => key)]);
  }

  private find(node: Node): Node {
    return this.roots.get(node.key) ?? node;
  }

  /** Whether the old id, as a user's, is of nobody yet: no event carried it and no link named it. */
  private isNobody({ user, isUserKnown }: Link): boolean {
    return user !== undefined && !isUserKnown && !this.linked.has(user.key);
  }

  take(link: Link): void {
    const { person, anonymous, user } = link;
    const own = this.find(person);
    const old = user && !this.isNobody(link) ? [anonymous, user] : [anonymous];
    const owner = old.map((node) => this.find(node)).find((root) => root.isUser && root.key !== own.key);
    if (own.isUser && owner) {
      this.refused.push({ link, owner, claimant: own });
      return;
    }
    for (const node of user ? [anonymous, user] : [anonymous]) this.join(this.find(person), this.find(node));
  }

  /** Two persons of whom at most one is a user that somebody is known by. */
  private join(own: Node, other: Node): void {
    if (own.key === other.key) return;
    const [root, lost] = !own.isUser && other.isUser ? [other, own] : [own, other];
    const moved = [lost.key, ...(this.members.get(lost.key) ?? [])];
    for (const key of moved) {
      this.roots.set(key, root);
      this.overrides.set(key, root);
      this.linked.add(key);
    }
    this.linked.add(root.key);
    this.members.set(root.key, [...(this.members.get(root.key) ?? []), ...moved]);
    this.members.delete(lost.key);
  }
}

/** Takes links in their order. What it gives are the nodes whose person changed, and the links that were refused. */
export function resolveLinks(
  persons: Persons,
  links: readonly Link[],
): { overrides: Override[]; refused: RefusedLink[] } {
  const resolver = new Resolver(persons);
  for (const link of links) resolver.take(link);
  const overrides = [...resolver.overrides].map(([key, target]) => ({ key, target }));
  return { overrides, refused: resolver.refused };
}
