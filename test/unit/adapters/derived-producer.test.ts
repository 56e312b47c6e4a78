import { describe, expect, test } from '@jest/globals';
import type { Kafka } from 'kafkajs';
import { connectDerived, type DerivedRecord, WarmDerivedSender } from '../../../adapters/derived-producer.ts';

const record = (partition: number): DerivedRecord => ({
  partition,
  key: Buffer.from('AAPL'),
  value: Buffer.from('value'),
  timestampMs: 1,
  headers: {},
});

type Connection = Awaited<ReturnType<typeof connectDerived>>;

/** Connections that do what their scripts say, one after the other. */
function connections(...scripts: (() => Promise<[]>)[]): { made: Connection[]; closed: number[] } & {
  connect: () => Promise<Connection>;
} {
  const made: Connection[] = [];
  const closed: number[] = [];
  const connect = (): Promise<Connection> => {
    const number = made.length;
    const connection = {
      append: scripts[number] ?? (() => Promise.resolve([] as [])),
      close: () => {
        closed.push(number);
        return Promise.resolve();
      },
    };
    made.push(connection);
    return Promise.resolve(connection);
  };
  return { made, closed, connect };
}

const never = (): Promise<never> => new Promise(() => undefined);

describe('a warm sender', () => {
  test('connects when there is something to send, and once', async () => {
    const kafka = connections();
    const sender = new WarmDerivedSender(kafka.connect);
    expect(kafka.made).toHaveLength(0);
    await sender.send([record(0)], { patienceMs: 1000 });
    await sender.send([record(0)], { patienceMs: 1000 });
    expect([kafka.made.length, kafka.closed]).toEqual([1, []]);
  });

  test('closes the producer of a failed send, and makes a new one', async () => {
    const kafka = connections(() => Promise.reject(new Error('not acknowledged')));
    const sender = new WarmDerivedSender(kafka.connect);
    await expect(sender.send([record(0)], { patienceMs: 1000 })).rejects.toThrow('not acknowledged');
    expect(kafka.closed).toEqual([0]);
    await sender.send([record(0)], { patienceMs: 1000 });
    expect([kafka.made.length, kafka.closed]).toEqual([2, [0]]);
  });

  test('gives up a send in time, and uses its producer no more', async () => {
    const kafka = connections(never);
    const sender = new WarmDerivedSender(kafka.connect);
    await expect(sender.send([record(0)], { patienceMs: 5 })).rejects.toMatchObject({
      code: 'KAFKA_UNAVAILABLE',
      message: expect.stringContaining('in time'),
    });
    await sender.send([record(0)], { patienceMs: 1000 });
    expect([kafka.made.length, kafka.closed]).toEqual([2, [0]]);
  });

  test('waits no longer for a connection than for a send', async () => {
    let tries = 0;
    const sender = new WarmDerivedSender(() => {
      tries += 1;
      return never();
    });
    await expect(sender.send([record(0)], { patienceMs: 5 })).rejects.toThrow('in time');
    await expect(sender.send([record(0)], { patienceMs: 5 })).rejects.toThrow('in time');
    expect(tries).toBe(2);
  });

  test('tries to connect again after it could not', async () => {
    const kafka = connections();
    let isDown = true;
    const sender = new WarmDerivedSender(() => {
      if (!isDown) return kafka.connect();
      isDown = false;
      return Promise.reject(new Error('no brokers'));
    });
    await expect(sender.send([record(0)], { patienceMs: 1000 })).rejects.toThrow('no brokers');
    await sender.send([record(0)], { patienceMs: 1000 });
    expect(kafka.made).toHaveLength(1);
  });
});

/** A client whose producer answers every send alike. */
function kafkaAnswering(answer: object[]): Kafka {
  const producer = { connect: () => Promise.resolve(), send: () => Promise.resolve(answer) };
  return { producer: () => producer } as unknown as Kafka;
}

describe('an acknowledgement', () => {
  test('that leaves a partition out is none of that partition', async () => {
    const connection = await connectDerived(kafkaAnswering([{ partition: 0, baseOffset: '7' }]), 'derived');
    await expect(connection.append([record(0), record(1)], false)).rejects.toMatchObject({
      code: 'KAFKA_UNAVAILABLE',
      coordinates: { topic: 'derived', partition: 1 },
    });
  });

  test('that comes twice of a partition, since its leader changed between two tries, is one', async () => {
    const twice = [
      { partition: 0, baseOffset: '7' },
      { partition: 0, baseOffset: '9' },
    ];
    const connection = await connectDerived(kafkaAnswering(twice), 'derived');
    expect(await connection.append([record(0), record(0)], false)).toEqual([
      { partition: 0, firstOffset: 9n, records: 2 },
    ]);
  });
});
