import { isIPv6 } from 'node:net';
import { type Finding, finding } from '../finding.ts';
import { listOf, type Plain, type PlainObject, plainText, referencesIn } from '../plain-values.ts';
import type { Entry, ResourcePairs } from '../resource-pairs.ts';

/** One rule of a group. Ports of a protocol without any are 0 to 65535. */
interface NetworkRule {
  readonly isIngress: boolean;
  /** `-1` is all. */
  readonly protocol: string;
  readonly from: number;
  readonly to: number;
  /** A CIDR block, or the group or list of prefixes. */
  readonly peer: string;
}

/** Findings for groups that let in more than before; that they let out more is told without being a danger. */
export function securityGroupFindings({ pairs, removed, added }: ResourcePairs): readonly Finding[] {
  const olds = rulesByGroup([...pairs.map(({ before }) => before), ...removed]);
  const news = rulesByGroup([...pairs.map(({ after }) => after), ...added]);
  const known = new Set(pairs.map(({ after }) => after.address));
  const groups = [...pairs.map(({ after }) => after), ...added].filter(({ type }) => type === GROUP);
  return groups.flatMap((group) => {
    const before = olds.get(group.address) ?? [];
    const wider = (news.get(group.address) ?? []).filter((now) => !before.some((old) => includes(old, now)));
    // Of a new group nothing is wider than it was; it may still be open to the world.
    const [ingress, egress] = [true, false].map((isIngress) =>
      wider.filter((rule) => rule.isIngress === isIngress),
    );
    const isNew = !known.has(group.address);
    const dangerous = isNew ? (ingress ?? []).filter(({ peer }) => isWorld(peer)) : (ingress ?? []);
    const told = isNew ? [] : (egress ?? []);
    return [
      ...(dangerous.length === 0
        ? []
        : [
            finding('security-group-widened', group, {
              what: isNew ? 'It is new, and open to the world.' : 'It lets in more than before.',
              details: dangerous.map(ruleText),
              instead:
                'Name the security group of the one caller as the source, and the one port that it needs.',
            }),
          ]),
      ...(told.length === 0
        ? []
        : [
            finding('security-group-widened', group, {
              severity: 'caution',
              what: 'It lets out more than before.',
              details: told.map(ruleText),
              instead: 'Name the group or the prefix list that is called, and its port.',
            }),
          ]),
    ];
  });
}

const GROUP = 'AWS::EC2::SecurityGroup';

/** Rules of each group, which stand in it or in resources of their own. */
function rulesByGroup(entries: readonly Entry[]): ReadonlyMap<string, readonly NetworkRule[]> {
  const rules = new Map<string, NetworkRule[]>();
  const add = (address: string, rule: NetworkRule): void => {
    rules.set(address, [...(rules.get(address) ?? []), rule]);
  };
  for (const { type, address, properties } of entries) {
    if (type === GROUP) {
      for (const rule of listOf(properties['SecurityGroupIngress'])) add(address, networkRule(rule, true));
      for (const rule of listOf(properties['SecurityGroupEgress'])) add(address, networkRule(rule, false));
    }
    if (type === `${GROUP}Ingress` || type === `${GROUP}Egress`) {
      const [group] = referencesIn(plainText(properties['GroupId']));
      if (group !== undefined) add(group, networkRule(properties, type === `${GROUP}Ingress`));
    }
  }
  return rules;
}

const PEERS = [
  'CidrIp',
  'CidrIpv6',
  'SourceSecurityGroupId',
  'DestinationSecurityGroupId',
  'SourceSecurityGroupName',
  'SourcePrefixListId',
  'DestinationPrefixListId',
] as const;

function networkRule(value: Plain, isIngress: boolean): NetworkRule {
  const rule = value as PlainObject;
  const protocol = plainText(rule['IpProtocol'] ?? '-1');
  const peer = PEERS.map((name) => rule[name]).find((one) => one !== undefined);
  const [from, to] =
    protocol === '-1' ? [0, MAX_PORT] : [Number(rule['FromPort'] ?? 0), Number(rule['ToPort'] ?? MAX_PORT)];
  // -1 is all ports, and all types of ICMP.
  return {
    isIngress,
    protocol,
    from: Math.max(from, 0),
    to: to < 0 ? MAX_PORT : to,
    peer: plainText(peer ?? WORLD),
  };
}

const MAX_PORT = 65_535;
const WORLD = '0.0.0.0/0';

function isWorld(peer: string): boolean {
  return peer.endsWith('/0');
}

function includes(wide: NetworkRule, narrow: NetworkRule): boolean {
  return (
    wide.isIngress === narrow.isIngress &&
    (wide.protocol === '-1' || wide.protocol === narrow.protocol) &&
    wide.from <= narrow.from &&
    wide.to >= narrow.to &&
    (wide.peer === narrow.peer || blockIncludes(wide.peer, narrow.peer))
  );
}

/** Whether a CIDR block holds another whole. */
export function blockIncludes(wide: string, narrow: string): boolean {
  const [outer, inner] = [parseBlock(wide), parseBlock(narrow)];
  if (outer === undefined || inner === undefined) return false;
  if (outer.bits !== inner.bits || outer.prefix > inner.prefix) return false;
  const shift = BigInt(outer.bits - outer.prefix);
  return outer.address >> shift === inner.address >> shift;
}

interface Block {
  readonly bits: 32 | 128;
  readonly address: bigint;
  readonly prefix: number;
}

function parseBlock(text: string): Block | undefined {
  const [, address = '', prefix] = /^([0-9a-f.:]+)\/(\d+)$/i.exec(text) ?? [];
  if (prefix === undefined) return undefined;
  if (isIPv6(address)) return { bits: 128, address: parseIpv6(address), prefix: Number(prefix) };
  const value = address.split('.').reduce((sum, octet) => (sum << 8n) | BigInt(octet), 0n);
  return { bits: 32, address: value, prefix: Number(prefix) };
}

function parseIpv6(address: string): bigint {
  const [head = '', tail] = address.split('::');
  const groups = (text: string): string[] => text.split(':').filter((group) => group !== '');
  const [left, right] = [groups(head), groups(tail ?? '')];
  const zeros = Array.from({ length: 8 - left.length - right.length }, () => '0');
  return [...left, ...zeros, ...right].reduce((sum, group) => (sum << 16n) | BigInt(`0x${group}`), 0n);
}

function ruleText({ isIngress, protocol, from, to, peer }: NetworkRule): string {
  const ports = from === to ? `port ${from}` : `ports ${from} to ${to}`;
  const what = protocol === '-1' ? 'everything' : `${protocol} ${ports}`;
  return `${what} ${isIngress ? 'from' : 'to'} ${isWorld(peer) ? `${peer} (the world)` : peer}`;
}
