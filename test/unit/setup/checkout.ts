/** A checkout in a temporary folder whose npm, Maven, JDK and Python are stubs: what set-up does, without the network. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { until } from '../../helpers/until.ts';

const PROJECT = join(import.meta.dirname, '../../..');

export interface Result {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Running {
  readonly child: ChildProcess;
  readonly result: Promise<Result>;
}

export class Checkout {
  readonly root: string;
  readonly bin: string;

  private constructor(root: string) {
    this.root = root;
    this.bin = join(root, 'bin');
  }

  static async create(): Promise<Checkout> {
    const checkout = new Checkout(await mkdtemp(join(tmpdir(), 'tickerlake setup ')));
    const { root, bin } = checkout;
    await cp(join(PROJECT, 'scripts'), join(root, 'scripts'), { recursive: true });
    await cp(join(PROJECT, 'local/engines/kafka'), join(root, 'local/engines/kafka'), { recursive: true });
    await mkdir(bin);
    await writeFile(join(root, 'package.json'), '{}');
    await writeFile(join(root, 'package-lock.json'), '{"packages":{"":{}}}');
    // One jar, with its right hash.
    const hash = '2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881'; // of "x"
    for (const name of ['kafka', 'kafka-client']) {
      await writeFile(join(root, `scripts/locks/${name}.sha256`), `${hash}  one.jar\n`);
    }
    await symlink(process.execPath, join(bin, 'node'));
    await checkout.stub('npm', 'mkdir -p node_modules/.bin && cp -P "$NODE" node_modules/.bin/node');
    await checkout.stub(
      'mvn',
      `case "$*" in *--version*) echo "Apache Maven 3.9.9";; *)
        for a in "$@"; do case "$a" in -DoutputDirectory=*) printf x > "\${a#*=}/one.jar";; esac; done;; esac`,
    );
    await checkout.stub(
      'javac',
      `case "$*" in -version) echo "javac 21.0.4";; *)
        while [ "$1" != -d ]; do shift; done; mkdir -p "$2"; touch "$2/LocalBroker.class";; esac`,
    );
    await checkout.stub('jar', 'touch "$3"');
    await checkout.stub('java', 'echo \'openjdk version "21.0.4"\' >&2');
    await checkout.stub('keytool', ':');
    await checkout.stub(
      'python3',
      `case "$*" in *platform*) echo "3.12.1 $0"; echo venv;;
        *"-m venv"*) for d in "$@"; do :; done; mkdir -p "$d/bin" "$d/lib"; cp "$0" "$d/bin/python";; esac`,
    );
    return checkout;
  }

  /** Puts a program on the PATH. It notes each call that does something in <name>.calls, after the script ran. */
  async stub(name: string, script: string): Promise<void> {
    const file = join(this.bin, name);
    const calls = join(this.root, `${name}.calls`);
    const note = `case "$*" in *ersion*|*platform*) ;; *) echo "$@" >> '${calls}';; esac`;
    await writeFile(file, `#!/bin/sh\nset -e\nNODE='${join(this.bin, 'node')}'\n${script}\n${note}\n`);
    await chmod(file, 0o755);
  }

  remove(name: string): Promise<void> {
    return rm(join(this.bin, name));
  }

  /** How often a stub was called for something other than its version. */
  async calls(name: string): Promise<number> {
    const text = await readFile(join(this.root, `${name}.calls`), 'utf8').catch(() => '');
    return text.split('\n').length - 1;
  }

  /** The command line of a set-up. */
  command(args: readonly string[]): string[] {
    return [process.execPath, join(this.root, 'scripts/setup.mjs'), ...args];
  }

  /** The stubs, and the few ordinary programs that they use. */
  get env(): Record<string, string> {
    return { PATH: `${this.bin}:/usr/bin:/bin`, HOME: this.root };
  }

  start(args: readonly string[], env: Readonly<Record<string, string>> = {}): Running {
    const [program = '', ...rest] = this.command(args);
    const child = spawn(program, rest, {
      cwd: this.root,
      env: { ...this.env, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const output = { stdout: '', stderr: '' };
    child.stdout.on('data', (part: Buffer) => (output.stdout += part.toString()));
    child.stderr.on('data', (part: Buffer) => (output.stderr += part.toString()));
    const result = once(child, 'close').then(([code]) => ({ code: code as number | null, ...output }));
    return { child, result };
  }

  run(args: readonly string[], env?: Readonly<Record<string, string>>): Promise<Result> {
    return this.start(args, env).result;
  }

  /** Resolves when a stub wrote this file (relative to the checkout), to its text. */
  written(file: string): Promise<string> {
    return until(file, () =>
      readFile(join(this.root, file), 'utf8').then(
        (text) => (text.endsWith('\n') ? text : undefined),
        () => undefined,
      ),
    );
  }

  async delete(): Promise<void> {
    await chmod(this.root, 0o755);
    await rm(this.root, { recursive: true, force: true });
  }
}
