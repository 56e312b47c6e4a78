import { describe, expect, test } from '@jest/globals';
import { main } from '../../../cli/main.ts';
import { recordTerminal } from './terminal-double.ts';

async function run(...args: string[]): Promise<{ code: number; out: string; err: string }> {
  const { terminal, out, err } = recordTerminal();
  const code = await main(args, terminal);
  return { code, out: out(), err: err() };
}

const COMMANDS = [
  'demo',
  'up',
  'produce',
  'query',
  'sql',
  'status',
  'reconcile',
  'quarantine',
  'redrive',
  'replay',
  'backfill',
  'compact',
  'listing',
  'logs',
  'credentials',
  'doctor',
  'clean',
];

test.each(COMMANDS)('%s --help says what it does, with examples', async (command) => {
  const { code, out, err } = await run(command, '--help');
  expect([code, err]).toEqual([0, '']);
  expect(out).toMatch(/^Usage: tickerlake /);
  expect(out).toMatch(new RegExp(`Examples:\\n  .*tickerlake ${command}`));
});

test('--version is the package’s', async () => {
  expect(await run('--version')).toMatchObject({ code: 0, out: '0.1.0\n' });
});

test('no command at all shows the help and is a usage error', async () => {
  const { code, err } = await run();
  expect(code).toBe(2);
  expect(err).toContain('Usage: tickerlake');
  expect(err).not.toContain('error:');
});

describe('a usage error is one line that ends with the next thing to try, and exit status 2', () => {
  test.each([
    [['dmo'], /unknown command 'dmo'.*demo/],
    [['demo', '--stage', 'staging'], /'--stage <stage>'.*'staging' is invalid.*dev and prod/],
    [['demo', '--records', '0'], /'--records <n>'.*from 1 to/],
    [['demo', '--records', '12x'], /'12x' is invalid/],
    [['demo', '--records', '5', '--tape', 'a.ndjson'], /exclude each other/],
    [['produce', '--rate', '-1'], /above 0/],
    [['produce', '--tape', 'a', '--listing', 'b'], /excludes/],
    [['query'], /one of "SQL", --named/],
    [['query', 'SELECT 1', '--named', 'x'], /one of "SQL", --named/],
    [['query', 'SELECT 1', '--format', 'xml'], /table, csv, json/],
    [['logs', 'x', '--since', 'yesterday-ish'], /span such as/],
    [['compact', '--topic', 'quote'], /Allowed choices are quotes, quotes_filtered/],
    [['backfill', '--from-day', '2026-11-20'], /required option '--target <zone>' not specified/],
    [['backfill', '--target', 'raw'], /Allowed choices are curated, history/],
    [['backfill', '--target', 'curated'], /needs a range/],
    [['backfill', '--target', 'curated', '--from-day', '2026-02-30'], /a day such as 2026-11-20/],
    [
      ['backfill', '--target', 'curated', '--from-day', '2026-11-20', '--to-offset', '5'],
      /exclude each other/,
    ],
    [['backfill', '--target', 'curated', '--from-day', '2026-11-20', '--to-day', '2026-11-19'], /is after/],
    [['backfill', '--target', 'curated', '--from-offset', '9', '--to-offset', '5'], /is above/],
    [['status', '--bogus'], /unknown option '--bogus' — try: tickerlake status --help/],
    [['up', '--port', '70000'], /from 1 to 65535/],
    [['up', 'too', 'many'], /too many arguments/],
    [['quarantine', 'list', '--code', 'price_wrong'], /'price_wrong' is invalid.*price_invalid/],
    [['quarantine', 'list', '--partition', 'two'], /whole number from 0 on/],
    [['quarantine', 'list', '--limit', '0'], /from 1 to/],
    [['quarantine', 'show', '1250'], /a partition and an offset, such as 2:1250/],
    [['quarantine', 'shwo', '2:1250'], /unknown command 'shwo'/],
    [['redrive', '--offset', '5'], /'--offset' needs '--partition'/],
    [['redrive', '--dead-letters', '--code', 'price_invalid'], /'--dead-letters' excludes/],
    [['replay'], /one of --from-offset <n>, --from-time <when>, --all and --diverted/],
    [['replay', '--all', '--from-offset', '3'], /one of --from-offset/],
    [['replay', '--from-time', 'soon'], /span such as 30s, 5m, 2h/],
    [['replay', '--diverted', '--all'], /'--diverted' stands alone/],
    [['replay', '--diverted', '--partition', '1'], /'--diverted' stands alone/],
    [['replay', '--all', '--land', '--log-id', 'x'], /'--land' excludes '--log-id'/],
  ])('%j', async (args, message) => {
    const { code, out, err } = await run(...args);
    expect(out).toBe('');
    expect(err).toMatch(message);
    expect(err).toMatch(/^error: .+ — try: .+\n$/);
    expect(code).toBe(2);
  });

  test('a tape that is not there', async () => {
    const { code, err } = await run('produce', '--tape', '/nonexistent/tape.ndjson');
    expect(err).toMatch(/^error: cannot read \/nonexistent\/tape.ndjson — try: .+\n$/);
    expect(code).toBe(2);
  });
});
