/** `npm run notebook`: opens notebooks/ in JupyterLab, or writes quotes.ipynb anew. */
import { spawn } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { parseArgs } from 'node:util';
import { statePaths } from '../local/state.ts';
import { TestFolders } from '../test/helpers/local-lake.ts';
import { executeNotebook, NOTEBOOK, startNotebookLake } from '../test/helpers/notebook-lake.ts';
import { runCommand } from '../test/helpers/run-command.ts';
import { pythonOf } from './part-python.ts';

const HELP = `Usage: npm run notebook [-- options]

Opens notebooks/ in JupyterLab on 127.0.0.1, until Ctrl-C. quotes.ipynb asks the lake that \`npm run up\` keeps.

Options:
  --write         runs quotes.ipynb on a lake of its own, always of the same quotes, and writes what it shows
  --no-browser    prints the address only
  --help

Environment: TICKERLAKE=aws asks Athena with your own credentials, TICKERLAKE_FRAME=polars takes Polars for pandas,
TICKERLAKE_STAGE=prod another stage.`;

async function main(signal: AbortSignal): Promise<number> {
  const { values } = parseArgs({
    options: {
      write: { type: 'boolean', default: false },
      'no-browser': { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    console.log(HELP);
    return 0;
  }
  return values.write ? write(signal) : open(values['no-browser'], signal);
}

async function write(signal: AbortSignal): Promise<number> {
  const folders = new TestFolders();
  try {
    console.error('starting a lake and filling it …');
    const filled = await startNotebookLake(folders, signal);
    try {
      console.error('running quotes.ipynb …');
      const { code, stderr } = await executeNotebook(NOTEBOOK, folders, { TICKERLAKE_HOME: filled.home });
      if (code !== 0) throw new Error(`quotes.ipynb: ${stderr}`);
    } finally {
      await filled.stop();
    }
  } finally {
    folders.remove();
  }
  console.log('wrote notebooks/quotes.ipynb');
  return 0;
}

/** JupyterLab keeps its settings in the state folder, and asks nobody for news or newer versions. */
async function open(noBrowser: boolean, signal: AbortSignal): Promise<number> {
  const settings = join(statePaths().folder, 'jupyter');
  mkdirSync(join(settings, 'labconfig'), { recursive: true });
  writeFileSync(
    join(settings, 'labconfig/default_setting_overrides.json'),
    JSON.stringify({
      '@jupyterlab/apputils-extension:notification': { fetchNews: 'false', checkForUpdates: false },
    }),
  );
  const options = [
    '--ip=127.0.0.1',
    `--ServerApp.root_dir=${dirname(NOTEBOOK)}`,
    `--LabApp.default_url=/lab/tree/${basename(NOTEBOOK)}`,
    // As it came: it looks for no extensions, nor for what would build them.
    '--core-mode',
    `--FileCheckpoints.checkpoint_dir=${join(settings, 'checkpoints')}`,
    // As in a container; otherwise it refuses.
    ...(process.getuid?.() === 0 ? ['--allow-root'] : []),
    ...(noBrowser ? ['--no-browser'] : []),
  ];
  const env = {
    ...process.env,
    JUPYTER_CONFIG_DIR: settings,
    JUPYTER_DATA_DIR: join(settings, 'data'),
    JUPYTER_RUNTIME_DIR: join(settings, 'runtime'),
  };
  const program = join(dirname(pythonOf('notebook')), 'jupyter-lab');
  const child = spawn(program, options, { stdio: 'inherit', env });
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code) => {
      resolve(code ?? 130);
    });
    // On Ctrl-C JupyterLab asks whether it is meant; this says so.
    signal.addEventListener('abort', () => child.kill('SIGTERM'), { once: true });
  });
}

await runCommand('npm run notebook -- --help', main);
