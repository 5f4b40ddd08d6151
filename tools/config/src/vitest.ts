import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { defineConfig, type ViteUserConfig } from 'vitest/config'
import { CountsReporter } from './counts.ts'

/**
 * The vitest configuration of every package. `workers` is for one whose tests mostly wait for processes that they started.
 * Default: as many as the machine has processors.
 */
export function tests({ workers }: { readonly workers?: number } = {}): ViteUserConfig {
  return defineConfig({
    test: {
      include: ['test/**/*.test.ts'],
      pool: 'forks',
      isolate: true,
      ...(workers === undefined ? {} : { maxWorkers: workers }),
      // Tests start processes and bundle modules: on a small busy machine that takes seconds.
      testTimeout: 30_000,
      hookTimeout: 30_000,
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
