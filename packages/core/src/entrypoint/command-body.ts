import { mkdir, mkdtemp, stat } from 'node:fs/promises'
import { join } from 'node:path'

import { unpackFiles } from '../artifact/files-archive.ts'
import { outputsPrefix } from '../artifact/layout.ts'
import { storePath, writeStoredValue, type PathKind } from '../artifact/stored-path.ts'
import type { StoredValue } from '../artifact/stored-value.ts'
import { codeOf } from '../errors.ts'
import type { BodyOptions, BodyOutcome } from './body.ts'
import { runChild } from './child-process.ts'
import type { CommandBody } from './job-spec.ts'
import { judgeExit, type ExitVerdict } from './judge-exit.ts'
import { watchOutOfMemoryKills } from './oom-kills.ts'

/** Runs a command step: files in, the command as a child, files out. */
export async function runCommandBody(options: BodyOptions, body: CommandBody): Promise<BodyOutcome> {
  const { store, environment, folder, logs, stop, spec, rank, size } = options
  const places = await lay(body, options)
  const [program = '', ...args] = body.command.map((part) => substitute(part, places))
  const outOfMemoryKills = watchOutOfMemoryKills()
  let pid = 0
  const exit = await runChild({
    program,
    args,
    environment: {
      ...environment,
      SIDESTEP_INPUTS: places.inputs,
      SIDESTEP_OUTPUTS: places.outputs,
      SIDESTEP_RANK: String(rank),
      SIDESTEP_SIZE: String(size),
    },
    folder,
    logs,
    stop,
    graceMs: spec.graceMs,
    onStart: (child) => {
      pid = child.pid ?? 0
    },
  })
  if (exit.code !== 0) {
    const subject = `the command ${program}`
    return {
      pid,
      failure: judgeExit({ exit, tail: logs.tail, outOfMemoryKills: outOfMemoryKills(), subject, mustReturn: false }),
    }
  }
  const outputs: Record<string, StoredValue> = {}
  // The result is what the first machine leaves.
  if (rank !== 0) return { pid, outputs }
  for (const [name, { kind, name: fileName }] of Object.entries(body.outputs)) {
    const path = join(places.outputs, fileName)
    const missing = await problemWith(path, kind, name)
    if (missing !== undefined) return { pid, failure: missing }
    const key = `${outputsPrefix({ ...spec, incarnation: options.incarnation })}/${name}`
    outputs[name] = await storePath(path, key, store, pathKind(kind, fileName))
  }
  return { pid, outputs }
}

interface Places {
  /** Folder of the inputs. */
  readonly inputs: string
  /** Folder of the outputs. */
  readonly outputs: string
  /** By `inputs.NAME` and `outputs.NAME`. */
  readonly paths: ReadonlyMap<string, string>
}

/** Puts the step's files and inputs on disk. Each start of the process gets fresh folders. */
async function lay(body: CommandBody, { store, folder }: BodyOptions): Promise<Places> {
  if (body.files !== undefined) await unpackFiles(body.files, folder, store)
  const base = await mkdtemp(join(folder, '.sidestep-'))
  const [inputs, outputs] = [join(base, 'inputs'), join(base, 'outputs')]
  await mkdir(inputs)
  await mkdir(outputs)
  const paths = new Map<string, string>()
  for (const [name, input] of Object.entries(body.inputs)) {
    const path = join(inputs, input.name)
    await writeStoredValue(input.stored, store, path)
    paths.set(`inputs.${name}`, path)
  }
  for (const [name, output] of Object.entries(body.outputs)) paths.set(`outputs.${name}`, join(outputs, output.name))
  return { inputs, outputs, paths }
}

function substitute(part: string, { paths }: Places): string {
  return part.replaceAll(/\{((?:inputs|outputs)\.[A-Za-z0-9_-]+)\}/g, (whole, name: string) => paths.get(name) ?? whole)
}

async function problemWith(path: string, kind: 'file' | 'folder', name: string): Promise<ExitVerdict | undefined> {
  try {
    const info = await stat(path)
    if (kind === 'folder' ? info.isDirectory() : info.isFile()) return undefined
    return missing(`the command left something that is no ${kind} as its output ${name}`)
  } catch (error) {
    if (codeOf(error) !== 'ENOENT') throw error
    return missing(
      `the command succeeded, but left no ${kind} as its output ${name}: it has to be written to {outputs.${name}}`,
    )
  }
}

/** A file is its bytes to the steps that follow, or what its JSON says. */
function pathKind(kind: 'file' | 'folder', fileName: string): PathKind {
  if (kind === 'folder') return 'folder'
  return fileName.endsWith('.json') ? 'json' : 'bytes'
}

function missing(message: string): ExitVerdict {
  return { kind: 'step', error: { name: 'OutputError', message } }
}
