import { once } from 'node:events';
import type { Stage } from '../../core/names.ts';
import { requireFreePort } from '../../local/engines/ports.ts';
import { statePaths } from '../../local/state.ts';
import { type RunningConsole, startConsole } from '../console/start-console.ts';
import type { CommandContext } from '../context.ts';
import { describeFailure } from '../failure.ts';
import { Progress } from '../terminal/progress.ts';
import { type LocalLake, withLocalLake } from './local-lake.ts';

export interface UpOptions {
  readonly stage: Stage;
  /** Port of the AWS endpoint. @default a free one */
  readonly port?: number;
  /** Whether to serve the web console. */
  readonly console: boolean;
  /** @default a free one */
  readonly consolePort?: number;
  /** Whether the templates' schedules fire. */
  readonly schedules: boolean;
}

/** `up`: starts the lake and keeps it until Ctrl-C, or until an engine ends by itself. */
export async function stayUp(context: CommandContext, options: UpOptions): Promise<void> {
  const { terminal, env, signal } = context;
  const { consolePort, schedules: withSchedules } = options;
  if (consolePort !== undefined) await requireFreePort(consolePort);
  const progress = new Progress(terminal);
  await withLocalLake(context, { ...options, progress, withSchedules }, async (lake, clients) => {
    const webConsole = options.console
      ? await unlessItFails(context, () =>
          startConsole({ lake, clients, inside: lake.inside, state: statePaths(env), port: consolePort }),
        )
      : undefined;
    for (const line of describeLake(lake, options, webConsole?.url)) terminal.print(line);
    // Ended by the abort of Ctrl-C, or by an engine's end.
    try {
      signal.throwIfAborted();
      await once(signal, 'abort');
      signal.throwIfAborted();
    } finally {
      await webConsole?.close();
    }
  });
}

function describeLake(
  lake: LocalLake,
  { schedules }: UpOptions,
  consoleUrl: string | undefined,
): readonly string[] {
  return [
    '',
    `stage ${lake.stage} is up, and stays until Ctrl-C`,
    ...(schedules ? [] : ['  its schedules are off: nothing runs by itself']),
    ...(consoleUrl === undefined ? [] : [`  look   ${consoleUrl}`]),
    `  AWS    ${lake.endpoint} (region ${lake.region})`,
    `  Kafka  ${lake.bootstrapIam} (SASL_SSL, OAUTHBEARER with MSK IAM tokens; CA in ${lake.caFile})`,
    `  logs   ${lake.logsDir}`,
    '',
    'In another terminal (npm run -s tickerlake -- …):',
    '  status                     what is where',
    '  produce --records 50000    quotes now',
    '  query --list               saved queries',
    '  reconcile                  proof that nothing was lost or doubled',
    '  credentials                for other AWS and Kafka clients',
  ];
}

/** The lake is worth more than its page. */
async function unlessItFails(
  { terminal, env }: CommandContext,
  start: () => Promise<RunningConsole>,
): Promise<RunningConsole | undefined> {
  try {
    return await start();
  } catch (error) {
    const { lines } = describeFailure(error, env);
    terminal.note(`${terminal.styledNote('yellow', 'warning:')} no console: ${lines.join('\n')}`);
    return undefined;
  }
}
