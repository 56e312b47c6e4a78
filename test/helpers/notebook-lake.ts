/** A lake with the same quotes each time, and notebooks/quotes.ipynb run on it: for its test, and to write what is committed. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { connectToTopic, LakeClients } from '../../cli/lake/clients.ts';
import { outputOf } from '../../cli/lake/connection.ts';
import { readTopicOffsets } from '../../cli/lake/topic-offsets.ts';
import { waitUntilQueryable } from '../../cli/lake/wait-until-queryable.ts';
import { stageSource } from '../../cli/produce/produce-into-lake.ts';
import { producePoison } from '../../cli/produce/produce-poison.ts';
import { produceQuotes } from '../../cli/produce/produce-quotes.ts';
import { NASDAQ_SYMBOLS } from '../../core/nasdaq-symbols.ts';
import { Simulator } from '../../core/simulator.ts';
import type { Lake } from '../../local/lake.ts';
import { writeRunFile } from '../../local/state.ts';
import { pythonOf } from '../../scripts/part-python.ts';
import { assemblyOf, startTestLake, stateIn, type TestFolders } from './local-lake.ts';
import { type ProgramResult, runProgram } from './run-program.ts';

const SYMBOLS = 'AAPL AMD AMZN COST GOOGL INTC META MSFT NFLX NVDA PEP TSLA'.split(' ');
const DAYS = ['2026-11-19', '2026-11-20'];
/** From open to close, both included. */
const LOOKS_A_DAY = 391;
export const NOTEBOOK = join(import.meta.dirname, '../../notebooks/quotes.ipynb');

export interface NotebookLake {
  readonly lake: Lake;
  /** The operator's. */
  readonly clients: LakeClients;
  /** Its state folder: TICKERLAKE_HOME of whoever looks for it. */
  readonly home: string;
  stop(): Promise<void>;
}

/** Two sessions of twelve symbols, minute by minute, and a record for each rule that a record can break. */
export async function startNotebookLake(folders: TestFolders, signal: AbortSignal): Promise<NotebookLake> {
  const home = folders.create('notebook');
  const state = stateIn(home);
  const lake = await startTestLake(folders, 'dev', await assemblyOf('dev'), { state, signal });
  const clients = new LakeClients(lake);
  const stop = async (): Promise<void> => {
    clients.close();
    await lake.stop();
  };
  try {
    const { stage, endpoint, region, account, operator, bootstrapIam, caFile, outputs } = lake;
    const connection = { stage, endpoint, region, account, operator, bootstrapIam, caFile, outputs };
    writeRunFile({ ...connection, pid: process.pid }, state);
    const tape = join(home, 'tape.ndjson');
    writeFileSync(tape, twoSessions());
    const functionName = outputOf(lake, 'pipeline', 'ProduceQuotesFunctionName');
    const source = await stageSource(lake, clients, { tape }, signal);
    await produceQuotes(clients.lambda, { functionName, ...source, signal });
    await producePoison(lake, clients);
    const kafka = await connectToTopic(lake, clients.msk);
    const ends = await readTopicOffsets(kafka, outputOf(lake, 'stream', 'QuotesTopicName'));
    await waitUntilQueryable(lake, clients, ends, { signal });
  } catch (error) {
    await stop();
    throw error;
  }
  return { lake, clients, home, stop };
}

function twoSessions(): string {
  const symbols = NASDAQ_SYMBOLS.filter(({ symbol }) => SYMBOLS.includes(symbol));
  return DAYS.flatMap((day) => {
    const simulator = new Simulator({ seed: 7, symbols, startMs: Date.parse(day), intervalMs: 60_000 });
    return Array.from(
      { length: LOOKS_A_DAY * symbols.length },
      () => `${JSON.stringify(simulator.next())}\n`,
    );
  }).join('');
}

/** What of a notebook is asked for; https://nbformat.readthedocs.io/en/latest/format_description.html */
export interface Notebook {
  readonly cells: readonly NotebookCell[];
}

export interface NotebookCell {
  readonly id: string;
  readonly cell_type: 'code' | 'markdown';
  readonly source: string | readonly string[];
  readonly execution_count?: number | null;
  readonly outputs?: readonly NotebookOutput[];
}

export interface NotebookOutput {
  readonly output_type: 'stream' | 'display_data' | 'execute_result' | 'error';
  readonly name?: 'stdout' | 'stderr';
  readonly text?: string | readonly string[];
  readonly data?: Readonly<Record<string, string | readonly string[]>>;
}

export const readNotebook = (file: string): Notebook => JSON.parse(readFileSync(file, 'utf8')) as Notebook;

/** Runs the notebook as somebody would who has nothing set but where the lake is, and writes the outcome to a file. */
export function executeNotebook(
  to: string,
  folders: TestFolders,
  env: Readonly<Record<string, string>>,
): Promise<ProgramResult> {
  const script = join(NOTEBOOK, '../execute.py');
  return runProgram(pythonOf('notebook'), [script, NOTEBOOK, to], {
    deadlineMs: 180_000,
    env: {
      PATH: process.env['PATH'],
      HOME: folders.create('home'),
      AWS_EC2_METADATA_DISABLED: 'true',
      ...env,
    },
  });
}
