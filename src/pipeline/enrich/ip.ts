/**
 * An address without its last part: of IPv4 the network of 256 addresses (/24), of IPv6 the site (/48). Enough to guess a
 * region, too little to find a household. IPv6 is written as RFC 5952 has it.
 */

/** The anonymised address; empty for what is no address. */
export function anonymiseIp(address: string): string {
  const v4 = readIpv4(address);
  if (v4 !== undefined) return maskIpv4(v4);
  const groups = readIpv6(address);
  if (groups === undefined) return '';
  // ::ffff:a.b.c.d is an IPv4 client on a socket that takes both.
  if (groups.slice(0, 5).every((group) => group === 0) && groups[5] === 0xffff) {
    return maskIpv4([groups[6]! >> 8, groups[6]! & 255, groups[7]! >> 8]);
  }
  return formatSite(groups.slice(0, 3));
}

const maskIpv4 = (parts: readonly number[]): string => `${parts.slice(0, 3).join('.')}.0`;

function readIpv4(text: string): number[] | undefined {
  if (text.length < 7 || text.length > 15) return undefined;
  const parts = text.split('.');
  if (parts.length !== 4 || !parts.every((part) => /^(?:0|[1-9]\d{0,2})$/.test(part) && Number(part) < 256)) {
    return undefined;
  }
  return parts.map(Number);
}

/** The eight groups; a zone ("%eth0") is dropped. */
function readIpv6(text: string): number[] | undefined {
  const [address = ''] = text.slice(0, 64).split('%');
  if (!address.includes(':')) return undefined;
  const halves = address.split('::');
  if (halves.length > 2) return undefined;
  const [head, tail] = halves.map((half) => (half === '' ? [] : readGroups(half)));
  if (head === undefined || (halves.length === 2 && tail === undefined)) return undefined;
  if (halves.length === 1) return head.length === 8 ? head : undefined;
  const missing = 8 - head.length - tail!.length;
  return missing < 1 ? undefined : [...head, ...Array<number>(missing).fill(0), ...tail!];
}

function readGroups(text: string): number[] | undefined {
  const groups: number[] = [];
  const parts = text.split(':');
  for (const [i, part] of parts.entries()) {
    const v4 = i === parts.length - 1 ? readIpv4(part) : undefined;
    if (v4 !== undefined) groups.push(v4[0]! * 256 + v4[1]!, v4[2]! * 256 + v4[3]!);
    else if (/^[0-9a-fA-F]{1,4}$/.test(part)) groups.push(Number.parseInt(part, 16));
    else return undefined;
  }
  return groups.length > 8 ? undefined : groups;
}

/** Three groups and nothing after them: trailing zeros belong to the "::". */
function formatSite(groups: readonly number[]): string {
  const kept = [...groups];
  while (kept.at(-1) === 0) kept.pop();
  return `${kept.map((group) => group.toString(16)).join(':')}::`;
}
