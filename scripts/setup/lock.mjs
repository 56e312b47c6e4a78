// One set-up at a time in a checkout. The lock names its holder and what the holder started, so that a holder
// which was killed leaves neither a lock that blocks nor an installer that still writes.
import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { isSameProcess, processIdentity, signalGroup } from './process.mjs';

function readLock(path) {
  try {
    const text = readFileSync(path, 'utf8');
    return { text, ...JSON.parse(text) };
  } catch (error) {
    // A holder writes the whole file before it links it into place: what does not parse is nobody's.
    return error.code === 'ENOENT' ? undefined : { text: '', pid: 0, identity: undefined, children: [] };
  }
}

function create(path, content) {
  const own = `${path}.${process.pid}`;
  writeFileSync(own, content);
  try {
    linkSync(own, path);
    return true;
  } catch (error) {
    if (error.code === 'EEXIST') return false;
    throw error;
  } finally {
    rmSync(own, { force: true });
  }
}

function linkBack(aside, path) {
  try {
    linkSync(aside, path);
  } catch (error) {
    if (error.code !== 'EEXIST') throw error;
  }
}

/** Ends what a dead holder had started and takes its lock out of the way. */
function removeStale(path, stale) {
  const aside = `${path}.stale.${process.pid}`;
  try {
    renameSync(path, aside);
  } catch {
    return; // another contender was faster
  }
  if (readLock(aside)?.text === stale.text) {
    for (const child of stale.children ?? []) {
      if (isSameProcess(child.pid, child.identity)) signalGroup(child.pid, 'SIGKILL');
    }
  } else {
    // Between reading and renaming a contender had made its own: give it back.
    linkBack(aside, path);
  }
  rmSync(aside, { force: true });
}

/**
 * Takes the lock at `path`, or says who holds it. What a holder that was killed had named as its children is ended.
 * @param {string} path
 * @returns {{ lock: Lock } | { holder: number }}
 * @typedef {{ addChild(pid: number): void, removeChild(pid: number): void, release(): void }} Lock
 */
export function tryTakeLock(path) {
  const children = new Map();
  const content = () =>
    JSON.stringify({
      pid: process.pid,
      identity: processIdentity(process.pid),
      children: [...children].map(([pid, identity]) => ({ pid, identity })),
    });
  while (!create(path, content())) {
    const holder = readLock(path);
    if (holder === undefined) continue;
    if (isSameProcess(holder.pid, holder.identity)) return { holder: holder.pid };
    removeStale(path, holder);
  }
  const update = () => {
    writeFileSync(`${path}.${process.pid}`, content());
    renameSync(`${path}.${process.pid}`, path);
  };
  const lock = {
    addChild(pid) {
      children.set(pid, processIdentity(pid));
      update();
    },
    removeChild(pid) {
      if (children.delete(pid)) update();
    },
    release() {
      rmSync(path, { force: true });
    },
  };
  return { lock };
}

/** Waits for the lock at `path` and takes it; `onWait` is called once, when somebody else holds it. */
export async function takeLock(path, onWait = () => {}) {
  for (let attempt = 0; ; attempt += 1) {
    const { lock, holder } = tryTakeLock(path);
    if (lock !== undefined) return lock;
    if (attempt === 0) onWait(holder);
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}
