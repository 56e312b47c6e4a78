import {
  GetEventSourceMappingCommand,
  type LambdaClient,
  ListEventSourceMappingsCommand,
  UpdateEventSourceMappingCommand,
} from '@aws-sdk/client-lambda';
import { describe, expect, test } from '@jest/globals';
import { EventSource } from '../../../cli/replay/event-source.ts';

const { signal } = new AbortController();

/** A mapping that says each of these states once, then stays in the last; a change while one is under way is refused. */
function lambdaWith(states: string[]): { readonly client: LambdaClient; readonly changes: boolean[] } {
  const changes: boolean[] = [];
  const send = (command: object): Promise<object> => {
    if (command instanceof ListEventSourceMappingsCommand) {
      return Promise.resolve({ EventSourceMappings: [{ UUID: 'u' }] });
    }
    if (command instanceof GetEventSourceMappingCommand) {
      const [State] = states;
      if (states.length > 1) states.shift();
      return Promise.resolve({ State });
    }
    if (!(command instanceof UpdateEventSourceMappingCommand)) throw new Error('not expected');
    if (states[0]?.endsWith('ing') === true) return Promise.reject(new Error('ResourceInUseException'));
    const isEnabled = command.input.Enabled === true;
    changes.push(isEnabled);
    states.splice(0, states.length, ...(isEnabled ? ['Enabling', 'Enabled'] : ['Disabling', 'Disabled']));
    return Promise.resolve({});
  };
  return { client: { send } as unknown as LambdaClient, changes };
}

describe('an event source', () => {
  test('that is still being paused is resumed once that is over', async () => {
    const { client, changes } = lambdaWith(['Disabling', 'Disabling', 'Disabled']);
    await (await EventSource.find(client, 'f', 'arn')).resume(signal);
    expect(changes).toEqual([true]);
  });

  test('that is still being resumed is paused once that is over', async () => {
    const { client, changes } = lambdaWith(['Enabling', 'Enabled']);
    await (await EventSource.find(client, 'f', 'arn')).pause(signal);
    expect(changes).toEqual([false]);
  });

  test('that is as wanted is left alone', async () => {
    const { client, changes } = lambdaWith(['Enabled']);
    await (await EventSource.find(client, 'f', 'arn')).resume(signal);
    expect(changes).toEqual([]);
  });
});
