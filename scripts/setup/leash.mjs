// Loaded into the command before it starts: asks it to end when the set-up that runs it was killed, which no signal tells.
import { isMainThread } from 'node:worker_threads';
import { onParentGone } from './parent.mjs';

if (isMainThread) onParentGone(() => process.kill(process.pid, 'SIGTERM'));
