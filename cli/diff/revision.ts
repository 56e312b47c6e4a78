import { execFile } from 'node:child_process';
import { mkdtemp, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { TickerlakeError } from '../../core/errors.ts';

/** The branch that changes land on, as the last fetch left it. */
const MAIN = 'origin/main';

/** A checkout's history. Nothing is fetched. */
export class Revisions {
  readonly #root: string;
  readonly #env: NodeJS.ProcessEnv;

  constructor(root: string, env: NodeJS.ProcessEnv) {
    this.#root = root;
    // A hook of git sets GIT_DIR and the like for the repository that it runs in.
    this.#env = Object.fromEntries(Object.entries(env).filter(([name]) => !name.startsWith('GIT_')));
  }

  /** The commit that a revision names, if this checkout has it. */
  async find(revision: string): Promise<string | undefined> {
    const commit = await this.#git(
      'rev-parse',
      '--verify',
      '--quiet',
      '--end-of-options',
      `${revision}^{commit}`,
    ).catch((error: unknown) => {
      // 1: there is no such revision. 128: there is no repository, or the text is no revision.
      if (codeOf(error) === 1 || codeOf(error) === 128) return '';
      throw error;
    });
    return commit.trim() === '' ? undefined : commit.trim();
  }

  /** What is compared against where nothing is named: the main branch, else the last commit. */
  async default(): Promise<string> {
    return (await this.find(MAIN)) === undefined ? 'HEAD' : MAIN;
  }

  /** Whether a revision is part of another's history; one that is not there is not. */
  async isWithin(revision: string, other: string): Promise<boolean> {
    if ((await this.find(revision)) === undefined) return false;
    return this.#git('merge-base', '--is-ancestor', revision, other).then(
      () => true,
      () => false,
    );
  }

  /**
   * Checks a commit out beside this checkout, does the work there, and removes it, whatever happens. It shares the installed
   * packages.
   */
  async withCheckout<T>(commit: string, work: (folder: string) => Promise<T>): Promise<T> {
    const parent = await mkdtemp(join(tmpdir(), 'tickerlake-diff-'));
    const folder = join(parent, 'checkout');
    try {
      // No hook of this checkout runs for a folder that is gone in a minute.
      await this.#git(
        '-c',
        'core.hooksPath=/dev/null',
        'worktree',
        'add',
        '--detach',
        '--quiet',
        folder,
        commit,
      );
      await symlink(join(this.#root, 'node_modules'), join(folder, 'node_modules'), 'dir');
      return await work(folder);
    } finally {
      await rm(parent, { recursive: true, force: true });
      await this.#git('worktree', 'prune').catch(() => undefined);
    }
  }

  /** @throws TickerlakeError that says how to get the revision */
  async require(revision: string): Promise<string> {
    const commit = await this.find(revision);
    if (commit !== undefined) return commit;
    const isRepository = (await this.find('HEAD')) !== undefined;
    throw new TickerlakeError(
      'USAGE',
      isRepository
        ? `${revision} is neither a file nor a revision of this checkout`
        : `${revision} is no file, and this folder has no history to look for it in`,
      {
        hint: isRepository
          ? `git fetch --depth=1 origin ${revision.replace(/^origin\//, '')}, which a shallow clone needs; or --against HEAD^`
          : '--against a template or a folder of templates',
      },
    );
  }

  async #git(...args: readonly string[]): Promise<string> {
    const { stdout } = await promisify(execFile)('git', [...args], { cwd: this.#root, env: this.#env });
    return stdout;
  }
}

function codeOf(error: unknown): unknown {
  return typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined;
}
