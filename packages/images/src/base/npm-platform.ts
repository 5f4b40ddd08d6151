import type { TargetPlatform } from '@sidestep/core'

import { parsePlatform } from '../distribution/platform.ts'

/** Go's names of processors, as npm and Node.js call them. */
const CPUS: Readonly<Record<string, string>> = {
  amd64: 'x64',
  386: 'ia32',
  arm64: 'arm64',
  arm: 'arm',
  ppc64le: 'ppc64',
  s390x: 's390x',
  riscv64: 'riscv64',
}

/** What npm installs for. `platform`: `linux/amd64`. */
export function npmPlatform(platform: string, libc: TargetPlatform['libc']): TargetPlatform {
  const { os, architecture } = parsePlatform(platform)
  return { os, cpu: CPUS[architecture] ?? architecture, libc }
}
