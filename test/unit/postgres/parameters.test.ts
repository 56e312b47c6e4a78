import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { renderConfiguration, renderHba } from '../../../local/engines/postgres/configuration.ts';
import { reasonInLog } from '../../../local/engines/postgres/launch.ts';
import { interpretParameters } from '../../../local/engines/postgres/parameters.ts';

const place = { socketFolder: '/s', hbaFile: '/hba' };

describe('a parameter group', () => {
  test('refuses plaintext unless it says otherwise, as RDS’s own groups do', () => {
    expect(interpretParameters({}).forceTls).toBe(true);
    expect(interpretParameters({ 'rds.force_ssl': '1' }).forceTls).toBe(true);
    expect(interpretParameters({ 'rds.force_ssl': '0' }).forceTls).toBe(false);
  });

  test('gives PostgreSQL what is PostgreSQL’s', () => {
    const { settings, unknown } = interpretParameters({
      log_lock_waits: '1',
      'rds.logical_replication': '1',
      'rds.log_retention_period': '4320',
    });
    expect(settings).toEqual({ log_lock_waits: '1', wal_level: 'logical' });
    expect(unknown).toEqual([]);
  });

  test('leaves out what follows from the class of the instance', () => {
    const { settings, ofInstanceClass } = interpretParameters({
      max_connections: 'LEAST({DBInstanceClassMemory/9531392},5000)',
      shared_buffers: '{DBInstanceClassMemory/32768}',
      search_path: '{a}',
    });
    expect(settings).toEqual({ search_path: '{a}' });
    expect(ofInstanceClass).toEqual(['max_connections', 'shared_buffers']);
  });

  test('names what is RDS’s and nobody knows', () => {
    expect(interpretParameters({ 'rds.no_such': '1' }).unknown).toEqual(['rds.no_such']);
  });
});

describe('the configuration', () => {
  test('prefers a parameter to what a laptop needs, and neither to who may come in', () => {
    const text = renderConfiguration({ shared_buffers: '64MB', listen_addresses: '*', ssl: 'on' }, place);
    expect(text).toContain("shared_buffers = '64MB'\n");
    expect(text).toContain("listen_addresses = ''\n");
    expect(text).toContain("ssl = 'off'\n");
    expect(text).toContain("unix_socket_directories = '/s'\n");
  });

  test('lets no value break out of its line', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom("'", '\\', '\n', '\r', 'a', '#', '=') }), (value) => {
        const text = renderConfiguration({ 'app.value': value }, place);
        const line = text.split('\n').find((candidate) => candidate.startsWith('app.value'));
        expect(text.split('\n')).toHaveLength(
          renderConfiguration({ 'app.value': '' }, place).split('\n').length,
        );
        expect(line).toMatch(/^app\.value = '(?:[^'\\]|''|\\[\\n])*'$/);
      }),
    );
  });

  test('asks the master user for a password before it asks who is of rds_iam', () => {
    const lines = renderHba('boss').split('\n');
    expect(lines.indexOf('local all "boss" scram-sha-256')).toBeLessThan(
      lines.indexOf('local all +rds_iam trust'),
    );
    expect(lines).not.toContain('local all all trust');
  });
});

describe('the reason for an end', () => {
  test.each([
    [
      '2026-11-21 10:00:00.000 UTC [1] LOG:  unrecognized configuration parameter "nope" in file "/f" line 3\n2026 FATAL:  configuration file "/f" contains errors',
      'unrecognized configuration parameter "nope" in file "/f" line 3',
    ],
    [
      '2026 [1] FATAL:  could not access file "pgaudit": No such file',
      'could not access file "pgaudit": No such file',
    ],
    ['postgres: could not find the database system', 'could not find the database system'],
  ])('is found in its log', (log, reason) => {
    expect(reasonInLog(log)).toBe(reason);
  });

  test('may be missing', () => {
    expect(reasonInLog('2026 LOG:  starting')).toBeUndefined();
  });
});
