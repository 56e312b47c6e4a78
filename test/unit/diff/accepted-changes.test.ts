/** Dangers that somebody accepted, and lines that accept nothing. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import {
  ACCEPTED_CHANGES,
  type AcceptedChange,
  type Judgement,
  judge,
  parseAcceptedChanges,
  readAcceptedChanges,
} from '../../../cli/diff/accepted-changes.ts';
import type { Finding } from '../../../cli/diff/finding.ts';
import { compare } from './compared.ts';

const [danger] = compare({ Logs: logs(30) }, { Logs: logs(7) }).findings as [Finding];

function logs(days: number) {
  return { Type: 'AWS::Logs::LogGroup', Properties: { RetentionInDays: days } };
}

const line: AcceptedChange = {
  change: danger.key,
  stages: ['dev'],
  reason: 'Nobody reads older ones',
  until: '2026-12-31',
};

function judged(
  findings: readonly Finding[],
  lines: readonly AcceptedChange[],
  today = '2026-11-22',
): Promise<Judgement> {
  const isLanded = (revision: string): Promise<boolean> => Promise.resolve(revision === 'v1');
  return judge(findings, lines, { today, isLanded });
}

test('a danger that is accepted fails nothing', async () => {
  expect(await judged([danger], [line])).toEqual({
    dangers: [],
    cautions: [],
    accepted: [{ finding: danger, reason: line.reason, until: line.until }],
    stale: [],
  });
});

test('a danger of another stage, or one that is worse, is not accepted', async () => {
  const inProd: Finding = { ...danger, stage: 'prod' };
  expect((await judged([danger, inProd], [line])).dangers).toEqual([inProd]);
  const [worse] = compare({ Logs: logs(30) }, { Logs: logs(1) }).findings as [Finding];
  const judgement = await judged([worse], [line]);
  expect(judgement.dangers).toEqual([worse]);
});

test('a caution needs no line', async () => {
  const caution: Finding = { ...danger, severity: 'caution' };
  expect(await judged([caution], [])).toMatchObject({ dangers: [], cautions: [caution] });
});

describe('a line is stale', () => {
  test.each([
    ['on the day after its last', '2026-11-21', true],
    ['on its last day', '2026-11-22', false],
    ['when its revision is part of what is compared against', 'v1', true],
    ['while its revision is not', 'v2', false],
  ])('%s', async (_case, until, isOver) => {
    const { stale, dangers } = await judged([danger], [{ ...line, until }]);
    expect({ stale: stale.length, dangers: dangers.length }).toEqual(
      isOver ? { stale: 1, dangers: 1 } : { stale: 0, dangers: 0 },
    );
  });

  test('not because nothing is like that, before its end: against another revision it may be', async () => {
    expect(await judged([], [line])).toMatchObject({ stale: [] });
  });
});

describe('the file', () => {
  test.each([
    ['not JSON', '[', /is not JSON/],
    ['no list', '{}', /is not a list/],
    ['no reason', JSON.stringify([{ ...line, reason: ' ' }]), /line 1 has no reason/],
    ['no end', JSON.stringify([line, { ...line, until: undefined }]), /line 2 has no until/],
    ['no stage', JSON.stringify([{ ...line, stages: ['staging'] }]), /line 1 names no stages/],
  ])('with %s is refused', (_case, text, message) => {
    expect(() => parseAcceptedChanges(text)).toThrow(message);
  });

  test('of this checkout can be read', async () => {
    const file = join(import.meta.dirname, '../../..', ACCEPTED_CHANGES);
    expect(await readAcceptedChanges(file)).toHaveLength(
      (JSON.parse(readFileSync(file, 'utf8')) as unknown[]).length,
    );
  });

  test('that is not there accepts nothing', async () => {
    expect(await readAcceptedChanges(join(import.meta.dirname, 'none.json'))).toEqual([]);
  });
});
