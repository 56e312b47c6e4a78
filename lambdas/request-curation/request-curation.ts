/** Chooses raw objects and asks for their curation. */
import type { CurationRequestResult, CurationSelection } from '../../core/curation-request.ts';
import type { RequestOptions, RequestPorts } from './ports.ts';
import { redrive } from './redrive.ts';
import { replay } from './replay.ts';
import { sweep } from './sweep.ts';

/** @throws TickerlakeError whatever the environment refuses; what was requested until then stays requested */
export async function requestCuration(
  ports: RequestPorts,
  selection: CurationSelection,
  options: RequestOptions,
): Promise<CurationRequestResult> {
  switch (selection.action) {
    case 'sweep':
      return sweep(ports, selection, options);
    case 'redrive':
      return redrive(ports, selection, options);
    case 'replay':
      return replay(ports, selection, options);
  }
}
