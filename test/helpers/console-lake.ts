/** A lake with its console, in this process. */
import { type RunningConsole, startConsole } from '../../cli/console/start-console.ts';
import { LakeClients } from '../../cli/lake/clients.ts';
import type { LakeConnection } from '../../cli/lake/connection.ts';
import { connectionOf } from '../../cli/lake/local-lake.ts';
import { producePoison } from '../../cli/produce/produce-poison.ts';
import type { Lake } from '../../local/lake.ts';
import { startLake } from '../../local/lake.ts';
import { LakeClient } from './lake-client.ts';
import { assemblyOf, stateIn, type TestFolders } from './local-lake.ts';

export class ConsoleLake {
  readonly lake: Lake;
  readonly connection: LakeConnection;
  readonly clients: LakeClients;
  readonly console: RunningConsole;
  readonly client: LakeClient;

  private constructor(lake: Lake, clients: LakeClients, running: RunningConsole) {
    this.lake = lake;
    this.connection = connectionOf(lake);
    this.clients = clients;
    this.console = running;
    this.client = new LakeClient(lake);
  }

  static async start(folders: TestFolders): Promise<ConsoleLake> {
    const state = stateIn(folders.create('console'));
    const lake = await startLake({ stage: 'dev', assemblyDir: await assemblyOf('dev'), state });
    const connection = connectionOf(lake);
    const clients = new LakeClients(connection);
    const running = await startConsole({ lake: connection, clients, inside: lake, state });
    return new ConsoleLake(lake, clients, running);
  }

  /** One record that breaks each rule; resolves with how many. */
  async producePoison(): Promise<number> {
    return (await producePoison(this.connection, this.clients)).produced;
  }

  async stop(): Promise<void> {
    await this.console.close();
    this.client.close();
    this.clients.close();
    await this.lake.stop();
  }
}
