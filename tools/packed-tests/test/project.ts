import { execFile, type ExecFileOptions } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join, resolve } from 'node:path'
import { promisify } from 'node:util'

const repositoryRoot = resolve(import.meta.dirname, '../../..')

/** The oldest Node.js that the packages support, as an npm package. */
const oldestNode = `node-${process.platform}-${process.arch}@22.18.0`

/** The types of that Node.js: users have them, and declarations of the packages refer to them. */
const nodeTypes = '@types/node@22.18.0'

/** How a command ended. */
export interface Finished {
  readonly exitCode: number
  readonly stdout: string
  readonly stderr: string
}

/** A project outside of the repository, with the packed packages installed by npm. */
export class PackedProject {
  readonly folder: string = mkdtempSync(join(tmpdir(), 'sidestep-packed-'))

  /** Packs what is built and installs it. */
  async install(): Promise<void> {
    const tarballs = mkdtempSync(join(tmpdir(), 'sidestep-tarballs-'))
    try {
      const pack = ['-y', 'pnpm@12', '--recursive', '--filter', './packages/*', 'pack', '--pack-destination', tarballs]
      await promisify(execFile)('npx', pack, { cwd: repositoryRoot })
      const files = readdirSync(tarballs).map((name) => join(tarballs, name))
      this.write('package.json', JSON.stringify({ name: 'packed', private: true, type: 'module' }))
      const install = ['install', '--ignore-scripts', '--no-audit', '--no-fund', ...files, oldestNode, nodeTypes]
      await promisify(execFile)('npm', install, { cwd: this.folder })
    } finally {
      rmSync(tarballs, { recursive: true, force: true })
    }
  }

  write(path: string, content: string): void {
    writeFileSync(join(this.folder, path), content)
  }

  /** Runs a program of the project under the oldest Node.js, with nothing of the repository on its path. */
  run(program: string, args: readonly string[]): Promise<Finished> {
    const bin = join(this.folder, 'node_modules/.bin')
    const node = join(this.folder, 'node_modules', oldestNode.replace(/@.*/, ''), 'bin')
    const { HOME = this.folder, TMPDIR = tmpdir() } = process.env
    const env = { PATH: [bin, node, '/usr/bin', '/bin'].join(delimiter), HOME, TMPDIR }
    return finished(program, args, { cwd: this.folder, env })
  }

  /** Compiles a file of the project, the declarations of all installed packages included. */
  compile(file: string): Promise<Finished> {
    const manifest = createRequire(import.meta.url).resolve('typescript/package.json')
    const { bin } = JSON.parse(readFileSync(manifest, 'utf8')) as { readonly bin: { readonly tsc: string } }
    const flags = ['--strict', '--noEmit', '--module', 'nodenext', '--target', 'es2024', '--types', 'node']
    return finished(process.execPath, [join(dirname(manifest), bin.tsc), ...flags, file], { cwd: this.folder })
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true })
  }
}

function finished(program: string, args: readonly string[], options: ExecFileOptions): Promise<Finished> {
  return new Promise((settle) => {
    execFile(program, args, { ...options, encoding: 'utf8' }, (error, stdout, stderr) => {
      const exitCode = error === null ? 0 : typeof error.code === 'number' ? error.code : -1
      settle({ exitCode, stdout, stderr })
    })
  })
}
