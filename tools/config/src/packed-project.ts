import { execFile } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { promisify } from 'node:util'

const repositoryRoot = resolve(import.meta.dirname, '../../..')

/** A project outside of the repository, with the packed packages installed by npm. */
export class PackedProject {
  readonly folder: string = mkdtempSync(join(tmpdir(), 'sidestep-packed-'))

  /** Packs what is built and installs it, with `others`: what `npm install` takes. */
  async install(others: readonly string[] = []): Promise<void> {
    // They stay as long as the project: its package.json names them, and npm reads them again.
    const tarballs = join(this.folder, 'tarballs')
    const pack = ['-y', 'pnpm@12', '--recursive', '--filter', './packages/*', 'pack', '--pack-destination', tarballs]
    await promisify(execFile)('npx', pack, { cwd: repositoryRoot })
    const files = readdirSync(tarballs).map((name) => join(tarballs, name))
    this.write('package.json', JSON.stringify({ name: 'packed', private: true, type: 'module' }))
    // Folders are copied, as packages from a registry would be; what npm has is not fetched again.
    const flags = ['--ignore-scripts', '--no-audit', '--no-fund', '--install-links', '--prefer-offline']
    await promisify(execFile)('npm', ['install', ...flags, ...files, ...others], { cwd: this.folder })
  }

  /** Writes a file of the project, and makes its folder. */
  write(path: string, content: string): void {
    const file = join(this.folder, path)
    mkdirSync(dirname(file), { recursive: true })
    writeFileSync(file, content)
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true })
  }
}

/** Builds all packages; what is built already is taken from the cache. */
export async function buildPackages(): Promise<void> {
  await promisify(execFile)('npx', ['-y', 'pnpm@12', 'run', 'build'], { cwd: repositoryRoot })
}
