import type { Stage } from '../../core/names.ts';
import type { CommandContext } from '../context.ts';
import { Progress } from '../terminal/progress.ts';
import { type LocalLake, withLocalLake } from './local-lake.ts';

/** `up`: starts the lake with its schedules and keeps it until Ctrl-C, or until an engine ends by itself. */
export async function stayUp(
  context: CommandContext,
  options: { readonly stage: Stage; readonly port?: number },
): Promise<void> {
  const progress = new Progress(context.terminal);
  await withLocalLake(context, { ...options, progress, withSchedules: true }, (lake) => {
    for (const line of describeLake(lake)) context.terminal.print(line);
    // Ended by the abort of Ctrl-C, or by an engine's end.
    return new Promise<never>(() => undefined);
  });
}

function describeLake(lake: LocalLake): readonly string[] {
  return [
    '',
    `stage ${lake.stage} is up, and stays until Ctrl-C`,
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
