/** Copies the code of functions out of cdk.out: what runs is what would be uploaded, and cdk.out may change meanwhile. */
import { cpSync, mkdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Asset } from '../template/assembly.ts';

export class CodeStore {
  private readonly directory: string;
  private readonly assets: ReadonlyMap<string, Asset>;

  constructor(directory: string, assets: ReadonlyMap<string, Asset>) {
    this.directory = directory;
    this.assets = assets;
    mkdirSync(directory, { recursive: true });
    // Ends Node's search for a package.json: /var/task has none above it either, and a bundle's index.js is CommonJS.
    writeFileSync(join(directory, 'package.json'), '{}\n');
  }

  /** Folder with a copy of the asset for this function; undefined when cdk.out has no such asset. */
  copyAsset(functionName: string, objectKey: string): string | undefined {
    const asset = this.assets.get(objectKey);
    if (asset === undefined) return undefined;
    const target = join(this.directory, functionName);
    if (!statSync(asset.path).isDirectory()) return undefined;
    cpSync(asset.path, target, { recursive: true, force: true });
    return target;
  }

  /** Folder with code that stands in the template itself (Code.ZipFile). */
  writeInline(functionName: string, source: string): string {
    const target = join(this.directory, functionName);
    mkdirSync(target, { recursive: true });
    writeFileSync(join(target, 'index.js'), source);
    return target;
  }
}
