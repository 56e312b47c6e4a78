/** Fn::Cidr for IPv4: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/intrinsic-function-reference-cidr.html */

/** The first `count` blocks with `hostBits` host bits each inside `block`. Throws when they do not fit. */
export function cidrBlocks(block: string, count: number, hostBits: number): string[] {
  const match = /^(\d+)\.(\d+)\.(\d+)\.(\d+)\/(\d+)$/.exec(block);
  const parts = (match ?? []).slice(1).map(Number);
  const prefix = parts[4];
  if (prefix === undefined || prefix > 32 || parts.slice(0, 4).some((part) => part > 255)) {
    throw new Error(`${block} is no IPv4 block`);
  }
  const bits = Number.isInteger(hostBits) ? hostBits : 8;
  const size = 2 ** bits;
  const first = parts.slice(0, 4).reduce((sum, part) => sum * 256 + part, 0);
  if (count * size > 2 ** (32 - prefix)) throw new Error(`${block} does not hold ${count} blocks of ${size}`);
  return Array.from({ length: count }, (_, index) => {
    const address = first + index * size;
    const octets = [24, 16, 8, 0].map((shift) => Math.floor(address / 2 ** shift) % 256);
    return `${octets.join('.')}/${32 - bits}`;
  });
}
