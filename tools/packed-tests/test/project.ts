import { execFile, type ExecFileOptions } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { PackedProject } from '@sidestep/config/packed-project'

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

/** A project outside of the repository that is used under the oldest Node.js. */
export class OldNodeProject extends PackedProject {
  /** Packs what is built and installs it, with `others`: what `npm install` takes. */
  override install(others: readonly string[] = []): Promise<void> {
    return super.install([oldestNode, nodeTypes, ...others])
  }

  /** Runs a program of the project under the oldest Node.js, with nothing of the repository on its path. */
  run(program: string, args: readonly string[]): Promise<Finished> {
    const bin = join(this.folder, 'node_modules/.bin')
    const node = join(this.folder, 'node_modules', oldestNode.replace(/@.*/, ''), 'bin')
    const { HOME = this.folder, TMPDIR = tmpdir() } = process.env
    const env = { PATH: [bin, node, '/usr/bin', '/bin'].join(delimiter), HOME, TMPDIR }
    return finished(program, args, { cwd: this.folder, env })
  }

  /** Runs npm in a folder of the project. Nothing is fetched that npm has already, and no script of a package runs. */
  async npm(args: readonly string[], folder = '.'): Promise<void> {
    const flags = ['--ignore-scripts', '--no-audit', '--no-fund', '--prefer-offline']
    const { exitCode, stderr } = await finished('npm', [...args, ...flags], { cwd: join(this.folder, folder) })
    if (exitCode !== 0) throw new Error(`npm ${args.join(' ')} ended with ${exitCode}:\n${stderr}`)
  }

  /** Compiles a file of the project, the declarations of all installed packages included. */
  compile(file: string): Promise<Finished> {
    const manifest = createRequire(import.meta.url).resolve('typescript/package.json')
    const { bin } = JSON.parse(readFileSync(manifest, 'utf8')) as { readonly bin: { readonly tsc: string } }
    const flags = [
      '--ignoreConfig',
      '--strict',
      '--noEmit',
      '--allowImportingTsExtensions',
      '--module',
      'nodenext',
      '--target',
      'es2024',
      '--types',
      'node',
    ]
    return finished(process.execPath, [join(dirname(manifest), bin.tsc), ...flags, file], { cwd: this.folder })
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
