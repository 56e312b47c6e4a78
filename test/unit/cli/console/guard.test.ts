import { describe, expect, test } from '@jest/globals';
import { refusal } from '../../../../cli/console/guard.ts';

const asked = {
  method: 'GET',
  path: '/api/lake',
  host: '127.0.0.1:4000',
  origin: undefined,
  fetchSite: undefined,
  contentType: undefined,
  port: 4000,
};

describe('the console answers', () => {
  test.each([
    ['its own page', { origin: 'http://127.0.0.1:4000', fetchSite: 'same-origin' }],
    ['its page under localhost', { host: 'localhost:4000', origin: 'http://localhost:4000' }],
    ['a link from elsewhere', { path: '/market', fetchSite: 'cross-site' }],
    ['a program without an origin', {}],
    [
      'a query in JSON',
      { method: 'POST', origin: 'http://127.0.0.1:4000', contentType: 'application/json; charset=utf-8' },
    ],
  ])('%s', (_, more) => {
    expect(refusal({ ...asked, ...more })).toBeUndefined();
  });
});

describe('the console refuses', () => {
  test.each([
    ['a name that points here', { host: 'evil.example:4000' }],
    ['a name that begins like ours', { host: '127.0.0.1:4000.evil.example' }],
    ['another port', { host: '127.0.0.1:4001' }],
    ['no name', { host: undefined }],
    ['another site’s page', { origin: 'https://evil.example' }],
    ['a page of another port', { origin: 'http://127.0.0.1:4001' }],
    ['a page of no origin', { origin: 'null' }],
    ['another site’s picture of an answer', { fetchSite: 'cross-site' }],
    ['another site’s request to change', { method: 'DELETE', fetchSite: 'cross-site' }],
    ['a form', { method: 'POST', contentType: 'application/x-www-form-urlencoded' }],
    ['a body of no type', { method: 'POST' }],
  ])('%s', (_, more) => {
    const error = refusal({ ...asked, ...more });
    expect(error?.code).toBe('USAGE');
    expect(error?.hint).toMatch(/./);
  });
});
