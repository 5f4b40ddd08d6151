import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync } from 'node:fs'
import { text } from 'node:stream/consumers'
import { pipeline } from 'node:stream/promises'

import { REGISTRY } from './addresses.ts'
import { docker } from './docker.ts'
import { unavailable } from './unavailable.ts'

const PROGRAM = '/usr/bin/mmdebstrap'
const MIRROR = 'http://deb.debian.org/debian'

/** Why `debianImage` cannot make an image here. `undefined`: it can. Importing it throws where `SIDESTEP_CONTAINERS` is `required`. */
export const noDebianImages: string | undefined = unavailable(await whyNot())

/** An image of the machine's own release of Debian. */
export interface DebianImage {
  /** Of its repository, below `base/`. */
  readonly name: string
  /**
   * `minbase`: a Debian that runs and can install packages. `extract`: the files of the packages and of those that they
   * need, without anything having been set up: a third of the time.
   */
  readonly variant: 'minbase' | 'extract'
  readonly packages: readonly string[]
  /** Instructions of a Dockerfile for its configuration: `ENV A=b`. */
  readonly changes?: readonly string[]
}

/** The reference of an image in the registry of the tests. It is made where it is not there yet, once a day. */
export async function debianImage({ name, variant, packages, changes = [] }: DebianImage): Promise<string> {
  const tag = new Date().toISOString().slice(0, 10)
  const reference = `${REGISTRY}/base/${name}:${tag}`
  if (await isThere(name, tag)) return reference
  const options = ['--quiet', `--variant=${variant}`, `--include=${packages.join(',')}`]
  const made = spawn(PROGRAM, [...options, release(), '-', MIRROR], { stdio: ['ignore', 'pipe', 'pipe'] })
  const imported = spawn('docker', ['import', ...changes.flatMap((it) => ['--change', it]), '-', reference], {
    stdio: ['pipe', 'ignore', 'pipe'],
  })
  const [[code], said, [importCode], importSaid] = await Promise.all([
    once(made, 'close') as Promise<[number | null]>,
    text(made.stderr),
    once(imported, 'close') as Promise<[number | null]>,
    text(imported.stderr),
    pipeline(made.stdout, imported.stdin).catch(() => 'the exit codes tell more'),
  ])
  if (code !== 0) throw new Error(`${PROGRAM} ended with ${code}: ${said}`)
  if (importCode !== 0) throw new Error(`docker import ended with ${importCode}: ${importSaid}`)
  await docker(['push', '-q', reference])
  return reference
}

async function isThere(name: string, tag: string): Promise<boolean> {
  const answer = await fetch(`http://${REGISTRY}/v2/base/${name}/manifests/${tag}`, {
    method: 'HEAD',
    headers: { accept: 'application/vnd.docker.distribution.manifest.v2+json' },
  })
  return answer.ok
}

async function whyNot(): Promise<string | undefined> {
  if (!existsSync(PROGRAM)) return `${PROGRAM} is not installed (Debian: apt-get install mmdebstrap)`
  if (process.getuid?.() !== 0) return `${PROGRAM} needs root`
  if (release() === '') return '/etc/os-release names no release of Debian'
  try {
    const answer = await fetch(`${MIRROR}/dists/${release()}/InRelease`, {
      method: 'HEAD',
      signal: AbortSignal.timeout(10_000),
    })
    return answer.ok ? undefined : `${MIRROR} answers ${answer.status}`
  } catch (error) {
    return `${MIRROR} does not answer: ${String(error)}`
  }
}

/** `bookworm`; `''`: it is another distribution. */
function release(): string {
  const facts = existsSync('/etc/os-release') ? readFileSync('/etc/os-release', 'utf8') : ''
  return /^ID=debian$/mu.test(facts) ? (/^VERSION_CODENAME=(\w+)$/mu.exec(facts)?.[1] ?? '') : ''
}
