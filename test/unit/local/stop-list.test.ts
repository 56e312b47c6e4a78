import { expect, test } from '@jest/globals';
import { StopList } from '../../../local/stop-list.ts';

test('what started last is stopped first, once, whatever fails or hangs on the way', async () => {
  const stopped: string[] = [];
  const stops = new StopList();
  stops.add(() => void stopped.push('engine'));
  stops.add(() => Promise.reject(new Error('no')));
  stops.add(() => new Promise(() => undefined), { patienceMs: 5 });
  stops.add(async () => {
    await Promise.resolve();
    stopped.push('poller');
  });
  expect(stops.begun).toBe(false);
  await Promise.all([stops.run(), stops.run()]);
  expect(stopped).toEqual(['poller', 'engine']);
  expect(stops.begun).toBe(true);
});
