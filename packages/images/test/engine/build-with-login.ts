// Builds an environment for a registry that asks for a login: a process that a test kills meanwhile.
import { ContainerRegistry } from '@sidestep/core'

import { DockerImageBuilder } from '../../src/engine/docker-image-builder.ts'

const { folder, home, code, host, parentImage } = JSON.parse(process.env['BUILD'] ?? '') as Record<string, string>

class Guarded extends ContainerRegistry {
  static override readonly FLAVOR = 'guarded'
  override readonly uri: string = host ?? ''
  override async login(): Promise<{ username: string; password: string }> {
    return { username: 'ann', password: 'secret' }
  }
}

const builder = new DockerImageBuilder({ parentImage: parentImage ?? '', nodeVersion: '24' })
await builder.build(
  {
    dockerSettings: { dockerfile: 'Dockerfile' },
    platform: 'linux/amd64',
    bundle: { path: code ?? '', sha256: '', requirements: [] },
    projectFolder: folder ?? '',
  },
  {
    home: home ?? '',
    registry: new Guarded({}),
    signal: new AbortController().signal,
    report: (line) => void process.stdout.write(`${line}\n`),
  },
)
