import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from '@jest/globals';
import { parseLoad } from '../../../cli/commands/cost.ts';
import { DEFAULT_PROFILE, parseProfile, readProfile } from '../../../cli/cost/profile.ts';
import { chooseLoads } from '../../../cli/cost/run-cost.ts';

const folder = mkdtempSync(join(tmpdir(), 'tickerlake-profile-'));
afterAll(() => {
  rmSync(folder, { recursive: true });
});

function write(name: string, text: string): string {
  const file = join(folder, name);
  writeFileSync(file, text);
  return file;
}

test('a file says only what differs', () => {
  const file = write('some.json', '{"quotesPerSecond": 250, "hours": "always"}');
  expect(readProfile(file)).toEqual({
    profile: { ...DEFAULT_PROFILE, quotesPerSecond: 250, hours: 'always' },
    saysLoad: true,
  });
});

test.each([
  ['{', 'is not JSON', '{"quotesPerSecond": 250}'],
  ['[]', 'is not a JSON object', '{"quotesPerSecond": 250}'],
  ['null', 'is not a JSON object', '{"quotesPerSecond": 250}'],
  ['{"quotesPerSecnd": 1}', 'has a property quotesPerSecnd that means nothing', 'quotesPerSecond'],
  ['{"quotesPerSecond": -1}', 'has quotesPerSecond -1', 'a number of at least 0'],
  ['{"quotesPerSecond": "1"}', 'has quotesPerSecond "1"', 'a number of at least 0'],
  ['{"quotesPerSecond": null}', 'has quotesPerSecond null', 'a number of at least 0'],
  ['{"symbols": 0}', 'has symbols 0', 'a number above 0'],
  ['{"scannedShareOfDay": 2}', 'has scannedShareOfDay 2', 'a number from 0 to 1'],
  ['{"hours": "sometimes"}', 'has hours "sometimes"', 'market or always'],
  ['{"arrivals": 1}', 'has arrivals 1', 'steady or bursts'],
])('%s is refused', (text, complaint, hint) => {
  expect(() => parseProfile(text)).toThrow(
    expect.objectContaining({
      code: 'USAGE',
      message: `the profile ${complaint}`,
      hint: expect.stringContaining(hint),
    }),
  );
});

test('a file that is not there is named', () => {
  expect(() => readProfile(join(folder, 'none.json'))).toThrow(
    expect.objectContaining({ code: 'USAGE', message: expect.stringContaining('none.json cannot be read') }),
  );
});

test('the usual loads, unless one is asked for or the profile has one', () => {
  const without = write('without.json', '{"hours": "always"}');
  const withLoad = write('with.json', '{"quotesPerSecond": 250}');
  const loadsOf = (profile: string | undefined, quotesPerSecond?: number): readonly number[] =>
    chooseLoads({ profile, quotesPerSecond }).loads;
  expect(loadsOf(undefined)).toEqual([10, 1000, 100_000]);
  expect(loadsOf(without)).toEqual([10, 1000, 100_000]);
  expect(loadsOf(withLoad)).toEqual([250]);
  expect(loadsOf(withLoad, 7)).toEqual([7]);
  expect(loadsOf(undefined, 0)).toEqual([0]);
});

test('a load is a number of at least 0', () => {
  expect(['0', '2.5', '100_000', '1,000'].map(parseLoad)).toEqual([0, 2.5, 100_000, 1000]);
  for (const text of ['', ' ', '-1', 'many', 'Infinity', '1e12']) {
    expect(() => parseLoad(text)).toThrow('It has to be a number of quotes a second from 0');
  }
});
