import { existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { runProgram } from './run-program.ts'

/** A program that others use: it makes an image from a folder with a Dockerfile, and pushes it. */
export interface ImageTool extends AsyncDisposable {
  readonly name: string
  /** Builds, then pushes. */
  buildAndPush(folder: string, image: string): Promise<void>
}

/** Debian's own: a newer client earlier in PATH may have no BuildKit without a plugin. */
const DOCKERS = ['/usr/bin/docker', 'docker'] as const

/** The Docker client that can use BuildKit, or why there is none. */
export async function findDocker(): Promise<{ readonly docker: string } | { readonly missing: string }> {
  let why = 'there is no docker'
  for (const docker of DOCKERS.filter((path) => !path.startsWith('/') || existsSync(path))) {
    try {
      await runProgram(docker, ['version'], { cwd: tmpdir() })
      const { stdout } = await runProgram(docker, ['build', '--help'], { cwd: tmpdir(), environment: BUILDKIT })
      if (/--secret/u.test(stdout)) return { docker }
      why = `${docker} has no BuildKit`
    } catch (error) {
      why = `${docker} does not work: ${String(error).split('\n').slice(0, 4).join(' ')}`
    }
  }
  return { missing: why }
}

/** Why there is no buildah; `undefined` where there is one. */
export async function missingBuildah(): Promise<string | undefined> {
  try {
    await runProgram('buildah', ['--version'], { cwd: tmpdir() })
    return undefined
  } catch (error) {
    return `there is no buildah (${String(error).split('\n', 1)[0]}): pnpm containers start buildah`
  }
}

const BUILDKIT = { DOCKER_BUILDKIT: '1' }

/** `docker build` with BuildKit, and `docker push`. Its images are removed at the end. */
export function dockerTool(docker: string): ImageTool {
  const images = new Set<string>()
  return {
    name: 'docker',
    async buildAndPush(cwd, image) {
      images.add(image)
      await runProgram(docker, ['build', '--quiet', '--tag', image, '.'], { cwd, environment: BUILDKIT })
      await runProgram(docker, ['push', '--quiet', image], { cwd })
    },
    [Symbol.asyncDispose]: async () => {
      for (const image of images) await runProgram(docker, ['rmi', '--force', image], { cwd: tmpdir() })
    },
  }
}

/** `buildah bud --layers` and `buildah push`, with a storage of its own in which the base is local. */
export async function buildahTool(): Promise<ImageTool> {
  const storage = await mkdtemp(join(tmpdir(), 'sidestep-bench-buildah-'))
  const own = ['--root', join(storage, 'root'), '--runroot', join(storage, 'run')]
  const buildah = async (args: readonly string[], cwd: string) => runProgram('buildah', [...own, ...args], { cwd })
  return {
    name: 'buildah',
    async buildAndPush(cwd, image) {
      // Nothing runs in it; the usual way of doing that needs more of the machine than others do.
      await buildah(
        ['bud', '--quiet', '--layers', '--isolation', 'chroot', '--tls-verify=false', '--tag', image, '.'],
        cwd,
      )
      await buildah(['push', '--quiet', '--tls-verify=false', image], cwd)
    },
    [Symbol.asyncDispose]: async () => {
      await buildah(['rm', '--all'], storage)
      await buildah(['rmi', '--all', '--force'], storage)
      await rm(storage, { recursive: true, force: true })
    },
  }
}
