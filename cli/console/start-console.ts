/** The console of a lake in this process: its page built, its interface served on 127.0.0.1. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { getRequestListener } from '@hono/node-server';
import { buildConsole } from '../../console/build.ts';
import { TickerlakeError } from '../../core/errors.ts';
import type { StatePaths } from '../../local/state.ts';
import { createApp } from './app.ts';
import type { ConsoleContext } from './context.ts';
import { MarketFeed } from './market/market-feed.ts';
import { drawPipeline } from './pipeline/draw-pipeline.ts';
import { ActivityReader } from './pipeline/read-activity.ts';
import { Records } from './records/records.ts';
import { Queries } from './sql/queries.ts';

export interface RunningConsole {
  /** `http://127.0.0.1:<port>/` */
  readonly url: string;
  close(): Promise<void>;
}

export interface ConsoleOptions extends Pick<ConsoleContext, 'lake' | 'clients' | 'inside'> {
  readonly state: Pick<StatePaths, 'folder' | 'run'>;
  /** @default a free one */
  readonly port?: number | undefined;
}

/** @throws TickerlakeError RESOURCE_FAILED if the page cannot be built */
export async function startConsole({ state, port = 0, ...about }: ConsoleOptions): Promise<RunningConsole> {
  const pageDir = join(state.folder, 'console');
  await buildConsole(pageDir).catch((cause: unknown) => {
    throw new TickerlakeError('RESOURCE_FAILED', 'the console’s page cannot be built', {
      cause,
      hint: 'node console/build.ts /tmp/console, which says why',
    });
  });
  const closing = new AbortController();
  const context: ConsoleContext = { ...about, startedAt: new Date(), signal: closing.signal };
  const activity = new ActivityReader(context, drawPipeline(context.inside.resources, context.lake.stage));
  const market = new MarketFeed(context);
  const app = createApp({
    context,
    activity,
    market,
    records: new Records(context),
    queries: new Queries(context),
    pageDir,
    runDir: state.run,
    port: () => portOf(server),
  });
  // The listener's promise never rejects: errors become answers.
  const listener = getRequestListener(app.fetch);
  const server = createServer((request, response) => void listener(request, response));
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
  return {
    url: `http://127.0.0.1:${portOf(server)}/`,
    async close() {
      closing.abort();
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await Promise.all([closed, market.close(), activity.close()]);
    },
  };
}

const portOf = (server: Server): number => (server.address() as AddressInfo).port;
