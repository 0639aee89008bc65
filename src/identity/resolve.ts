/**
 * Who is the same person: the links of a project, taken one after another in the order in which they were stored. Pure.
 *
 * A *node* is an id as events carry it: a user's (`user_id`) or an anonymous one. A *person* is a set of nodes, known by its first:
 * its user where it has one, else the anonymous id it began with. A link says that an old id belongs to the person of an event:
 *
 *   $identify   the event's anonymous_id belongs to its user_id
 *   $alias      previous_id belongs to the event's person: both the anonymous id of that name and, when nobody is known by it, the user
 *
 * The first link of an id holds. A link that would join two users is refused as a whole and nothing changes. Therefore taking
 * the same links again changes nothing: what was joined stays joined, what was refused is refused again. A user is
 * somebody as soon as an event carries its user_id; PostHog's clients do not tell users from devices, so a name they link
 * (`isDistinct`) is somebody only once it was identified itself.
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
  /** The old id as a user's, when the link speaks of that too. */
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

  /** Nobody yet: a user's id that no event carried and no link named. */
  private isNobody({ user, isUserKnown }: Link): boolean {
    return user !== undefined && !isUserKnown && !this.linked.has(user.key);
  }

  take(link: Link): void {
    const { person, anonymous, user } = link;
    const own = this.find(person);
    const old = [anonymous, ...(user && user.key !== person.key && !this.isNobody(link) ? [user] : [])];
    const owner = own.isUser
      ? old.map((node) => this.find(node)).find((root) => root.isUser && root.key !== own.key)
      : this.findTwo(old);
    if (owner) {
      this.refused.push({ link, owner, claimant: own.isUser ? own : this.find(user ?? anonymous) });
      return;
    }
    // Nobody is not made somebody by an event that is of nobody known.
    const both = user && (own.isUser || !this.isNobody(link)) ? [anonymous, user] : [anonymous];
    for (const node of both) this.join(this.find(person), this.find(node));
  }

  /** Of old ids that belong to different users, the second's; an anonymous event cannot join them. */
  private findTwo(old: readonly Node[]): Node | undefined {
    const users = old.map((node) => this.find(node)).filter(({ isUser }) => isUser);
    return users.find(({ key }) => key !== users[0]!.key);
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
