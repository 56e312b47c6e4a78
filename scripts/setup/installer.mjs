// Runs the ordinary clients (npm, pip, Maven, javac): their output goes to a log, and they end with us.
import { spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { explain, SetupFailure } from './failure.mjs';
import { signalGroup } from './process.mjs';

/** Starts commands one log file a part, in process groups that `stop` ends and that the lock names. */
export class Installer {
  #logs;
  #lock;
  #running = new Set();
  #stopped = false;

  /**
   * @param {string} logs folder of the log files
   * @param {{ addChild(pid: number): void, removeChild(pid: number): void }} lock told of what runs
   */
  constructor(logs, lock) {
    this.#logs = logs;
    this.#lock = lock;
    mkdirSync(logs, { recursive: true });
  }

  /**
   * Runs a command to its end. Its output goes to <part>.log, from the start again with the part's first command.
   * @param {{ name: string, title: string }} part
   * @param {string} client the name people know it by, for messages
   */
  async run(part, client, command, args, { cwd, append = false } = {}) {
    if (this.#stopped) throw new SetupFailure('interrupted', 'run the same command again');
    const logFile = join(this.#logs, `${part.name}.log`);
    const log = openSync(logFile, append ? 'a' : 'w');
    const start = append ? readFileSync(logFile, 'utf8').length : 0;
    let child;
    const code = await new Promise((resolve) => {
      // Messages in English, which is how failures are told apart, and file names of every alphabet for Java.
      const env = { ...process.env, LC_ALL: 'C.UTF-8' };
      child = spawn(command, args, { cwd, env, detached: true, stdio: ['ignore', log, log] });
      if (child.pid !== undefined) {
        this.#running.add(child.pid);
        this.#lock.addChild(child.pid);
      }
      child.on('error', (error) => resolve(error.code));
      child.on('exit', (status, signal) => resolve(signal ?? status));
    });
    closeSync(log);
    if (child.pid !== undefined) {
      this.#running.delete(child.pid);
      this.#lock.removeChild(child.pid);
    }
    if (code === 0) return;
    throw explain(part.title, client, readFileSync(logFile, 'utf8').slice(start), logFile);
  }

  /** Ends all that runs; nothing starts after it. */
  stop() {
    this.#stopped = true;
    for (const pid of this.#running) signalGroup(pid, 'SIGKILL');
  }
}
