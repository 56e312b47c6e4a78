/** Runs a Glue job's script in a process of its own: Python with PySpark, and the JVM that it starts, in one process group. */
import { cpSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { TickerlakeError } from '../../core/errors.ts';
import type { AwsCredentials, JobLaunch, JobProcess } from '../gateway/index.ts';
import type { Exit, Guard, ManagedProcess } from '../supervisor/index.ts';
import type { Asset } from '../template/assembly.ts';
import type { SparkToolPaths } from '../tools.ts';
import { scriptArguments } from './script-arguments.ts';
import { renderSettings, sparkSettings } from './spark-settings.ts';

export interface JobLauncherOptions {
  readonly processes: Pick<Guard, 'spawn'>;
  /** Throws PREREQUISITE_MISSING where Spark has not been fetched. */
  readonly tools: () => SparkToolPaths;
  /** Folder of everything that runs leave. */
  readonly directory: string;
  readonly logsDirectory: string;
  /** Name of a job's log file, without `.log`. */
  readonly logName: (jobName: string) => string;
  readonly assets: ReadonlyMap<string, Asset>;
  readonly endpoint: () => string;
  readonly region: string;
  readonly issueCredentials: (roleName: string, sessionName: string) => AwsCredentials;
  /** Why the role may not do so, or undefined when it may. */
  readonly checkRole: (roleName: string, action: string, resource: string) => string | undefined;
}

/** A job as its template has it. */
export interface JobScript {
  readonly jobName: string;
  readonly roleName: string;
  /** s3://bucket/key of the script. */
  readonly scriptLocation: string;
}

/** Glue's own packages, by our hand, and the program that runs a script. */
const STAND_IN = import.meta.dirname;

export class JobLauncher {
  readonly #options: JobLauncherOptions;
  /** Where the copies are, by URL. */
  readonly #copies = new Map<string, string>();

  constructor(options: JobLauncherOptions) {
    this.#options = options;
    mkdirSync(options.directory, { recursive: true });
  }

  /**
   * Copies an asset out of cdk.out, once, since that may change while the lake runs; undefined when there is no such asset.
   * A folder stands for the archive that a deployment would make of it.
   */
  copyAsset(url: string): string | undefined {
    const copy = this.#copies.get(url);
    if (copy !== undefined) return copy;
    const asset = this.#options.assets.get(url.slice(url.lastIndexOf('/') + 1));
    if (asset === undefined) return undefined;
    const target = join(this.#options.directory, 'assets', basename(asset.path));
    cpSync(asset.path, target, { recursive: true, force: true });
    this.#copies.set(url, target);
    return target;
  }

  /**
   * Begins a run.
   * @throws Error that says why it cannot be begun: Spark is not there, the role may not read its code, an argument is unknown
   */
  async launch(script: JobScript, launch: JobLaunch): Promise<JobProcess> {
    const { processes, logsDirectory, logName } = this.#options;
    const { jobName, roleName } = script;
    const { runId } = launch;
    const tools = this.#tools();
    const args = scriptArguments(jobName, runId, launch.arguments);
    const program = this.#code(roleName, script.scriptLocation);
    const libraries = list(launch.arguments['--extra-py-files']).map((url) => this.#code(roleName, url));

    const folder = join(this.#options.directory, runId);
    const scratch = join(folder, 'scratch');
    const failureFile = join(folder, 'failure.txt');
    mkdirSync(scratch, { recursive: true });
    writeFileSync(join(folder, 'spark-defaults.conf'), this.#settings(launch, tools, scratch));
    const logFile = join(logsDirectory, `${logName(jobName)}.log`);
    const child = await processes.spawn({
      name: jobName,
      command: tools.python,
      args: ['-s', '-u', join(STAND_IN, 'run_job.py'), program, ...args],
      env: {
        ...this.#environment(roleName, runId),
        ...sparkEnvironment(tools, folder, scratch),
        PYTHONPATH: [...libraries.map(importable), STAND_IN].join(':'),
        TICKERLAKE_FAILURE_FILE: failureFile,
        TICKERLAKE_BOOKMARKS: join(this.#options.directory, 'bookmarks'),
      },
      cwd: folder,
      logFile,
    });
    return toJobProcess(child, failureFile);
  }

  #tools(): SparkToolPaths {
    try {
      return this.#options.tools();
    } catch (error) {
      // What is shown of a failed run is its message alone.
      if (error instanceof TickerlakeError && error.hint !== undefined)
        throw new Error(`${error.message} — try: ${error.hint}`, { cause: error });
      throw error;
    }
  }

  /** Glue fetches the code as the job's role. */
  #code(roleName: string, url: string): string {
    const refusal = this.#options.checkRole(
      roleName,
      's3:GetObject',
      url.replace(/^s3:\/\//, 'arn:aws:s3:::'),
    );
    if (refusal !== undefined) throw new Error(`${url}: ${refusal}`);
    const path = this.copyAsset(url);
    if (path === undefined) throw new Error(`${url} is no asset of the templates`);
    return path;
  }

  #settings(launch: JobLaunch, { classpath }: SparkToolPaths, scratch: string): string {
    const { endpoint, region } = this.#options;
    const around = { classpath, endpoint: endpoint(), region, scratch };
    return renderSettings(sparkSettings(launch.arguments['--conf'] ?? '', around));
  }

  #environment(roleName: string, runId: string): Record<string, string> {
    const { endpoint, region, issueCredentials } = this.#options;
    // https://docs.aws.amazon.com/glue/latest/dg/monitor-cloudtrail.html names the sessions of jobs so.
    const credentials = issueCredentials(roleName, `GlueJobRunnerSession-${runId}`);
    return {
      AWS_ENDPOINT_URL: endpoint(),
      AWS_REGION: region,
      AWS_DEFAULT_REGION: region,
      AWS_ACCESS_KEY_ID: credentials.accessKeyId,
      AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
      AWS_SESSION_TOKEN: credentials.sessionToken,
    };
  }
}

/** Everything else that the processes see: nothing is inherited, so that a job cannot lean on this machine's environment. */
function sparkEnvironment(tools: SparkToolPaths, folder: string, scratch: string): Record<string, string> {
  return {
    LANG: 'C.UTF-8',
    TZ: 'UTC',
    PATH: '/usr/local/bin:/usr/bin:/bin',
    HOME: folder,
    TMPDIR: scratch,
    JAVA_HOME: tools.javaHome,
    PYSPARK_PYTHON: tools.python,
    PYTHONDONTWRITEBYTECODE: '1',
    SPARK_CONF_DIR: folder,
    SPARK_LOCAL_IP: '127.0.0.1',
  };
}

function toJobProcess(child: ManagedProcess, failureFile: string): JobProcess {
  return {
    pid: child.pid,
    // Runs are made to be broken off anywhere: nothing is gained by asking.
    kill: () => {
      child.kill('SIGKILL');
    },
    ended: child.exited.then((exit) => failureOf(exit, failureFile)),
  };
}

/** Why a run failed, as its script said it; undefined when it did not. */
function failureOf({ code, signal }: Exit, failureFile: string): string | undefined {
  if (code === 0) return undefined;
  try {
    return readFileSync(failureFile, 'utf8');
  } catch {
    return signal === null
      ? `the script ended with exit code ${String(code)}`
      : `the script was ended by ${signal}`;
  }
}

/** What PYTHONPATH takes: a folder or an archive; of a single module its folder. */
function importable(path: string): string {
  return statSync(path).isFile() && path.endsWith('.py') ? dirname(path) : path;
}

const list = (text: string | undefined): readonly string[] =>
  (text ?? '')
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '');
