import { readFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { defineConfig, type ViteUserConfig } from 'vitest/config'
import { CountsReporter } from './counts.ts'

/** What differs between packages. */
export interface TestOptions {
  /**
   * How many files run at once: more than the machine has processors where tests mostly wait for processes that they
   * started. Default: as many as the machine has processors.
   */
  readonly workers?: number
  /**
   * Whether each file has a process of its own. Without, files share the processes of the workers, and the modules that
   * are loaded in them, which saves most of the time of a short one; a file must then leave a process as it was.
   * Default: true.
   */
  readonly isolated?: boolean
  /** Modules that run before each file, from the package's folder: where what files share is cleaned after each. Default: none. */
  readonly setupFiles?: readonly string[]
}

/** The vitest configuration of every package. */
export function tests({
  workers = availableParallelism(),
  isolated = true,
  setupFiles = [],
}: TestOptions = {}): ViteUserConfig {
  return defineConfig({
    test: {
      include: ['test/**/*.test.ts'],
      pool: 'forks',
      isolate: isolated,
      maxWorkers: workers,
      setupFiles: [fileURLToPath(new URL('built-packages.ts', import.meta.url)), ...setupFiles],
      globalSetup: fileURLToPath(new URL('compile-cache.ts', import.meta.url)),
      // Tests start processes, many of them one after the other: on a small busy machine that takes long.
      testTimeout: 60_000,
      hookTimeout: 60_000,
      // Short when all is well: what failed, and the counts.
      reporters: [
        'minimal',
        new CountsReporter({ packageName: packageName(), folder: process.env['SIDESTEP_TEST_COUNTS'] }),
      ],
    },
  })
}

function packageName(): string {
  const manifest = JSON.parse(readFileSync(join(process.cwd(), 'package.json'), 'utf8')) as { readonly name: string }
  return manifest.name
}
