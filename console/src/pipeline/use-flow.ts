import { useEffect, useState } from 'react';
import type { Activity } from '../../api.ts';
import type { MovedAt } from './moved-nodes.ts';
import { movedNodes } from './moved-nodes.ts';

/** Without news for so long, nothing flows: news come each second, less often where the machine is busy. */
const STILL_AFTER_MS = 6_000;
const NOTHING: MovedAt = new Map();

interface Flow {
  readonly activity: Activity | undefined;
  readonly moved: MovedAt;
}

/** The nodes that records reach now. */
export function useFlow(activity: Activity | undefined): MovedAt {
  const [flow, setFlow] = useState<Flow>({ activity, moved: NOTHING });
  if (activity !== undefined && activity !== flow.activity)
    setFlow({ activity, moved: movedNodes(flow.activity, activity, flow.moved) });
  useEffect(() => {
    const timer = setTimeout(() => {
      setFlow((last) => ({ ...last, moved: NOTHING }));
    }, STILL_AFTER_MS);
    return () => {
      clearTimeout(timer);
    };
  }, [activity]);
  return flow.moved;
}
