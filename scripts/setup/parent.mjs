// A process whose parent has gone is given another one: that is all that tells of a parent which was killed.
const CHECK_MS = 500;

/** Calls `act` once when this process's parent has ended. Does not keep the process alive. */
export function onParentGone(act) {
  const parent = process.ppid;
  const timer = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(timer);
    act();
  }, CHECK_MS).unref();
}
