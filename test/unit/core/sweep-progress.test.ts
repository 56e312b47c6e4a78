import { describe, expect, test } from '@jest/globals';
import {
  type AuditProgress,
  formatProgress,
  NO_PROGRESS,
  parseAuditProgress,
  parseSweepProgress,
  type SweepProgress,
} from '../../../core/sweep-progress.ts';

const swept: SweepProgress = {
  curationVersion: 2,
  chain: { through: 'quotes/k.avro', open: ['quotes/j.avro'] },
  fills: '3,5-7',
};
const audited: AuditProgress = { curationVersion: 2, sinceMs: 1, outputs: NO_PROGRESS, isOver: false };

describe('progress', () => {
  test('is read as it was written', () => {
    expect(parseSweepProgress(formatProgress(swept))).toEqual(swept);
    expect(parseSweepProgress(formatProgress({ ...swept, chain: NO_PROGRESS, fills: '' }))).toMatchObject({
      chain: { open: [] },
      fills: '',
    });
    expect(parseAuditProgress(formatProgress(audited))).toEqual(audited);
  });

  test.each([
    ['torn', formatProgress(swept).slice(0, -9)],
    ['null', 'null'],
    ['of a version that is no number', JSON.stringify({ ...swept, curationVersion: '2' })],
    ['with fills that are no runs', JSON.stringify({ ...swept, fills: '7-5' })],
    ['with a chain that is none', JSON.stringify({ ...swept, chain: { through: 7, open: [] } })],
    ['with open objects that are no keys', JSON.stringify({ ...swept, chain: { open: [7] } })],
    ['an audit', formatProgress(audited)],
  ])('of a sweep that is %s counts for nothing', (_, text) => {
    expect(parseSweepProgress(text)).toBeUndefined();
  });

  test.each([
    ['a sweep', formatProgress(swept)],
    ['without its beginning', JSON.stringify({ ...audited, sinceMs: undefined })],
    ['without its end', JSON.stringify({ ...audited, isOver: 1 })],
  ])('of an audit that is %s counts for nothing', (_, text) => {
    expect(parseAuditProgress(text)).toBeUndefined();
  });
});
