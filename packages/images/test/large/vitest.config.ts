import { defineConfig, type ViteUserConfig } from 'vitest/config'

/** What takes a minute and gigabytes of disk, and is not run with the other tests. */
const config: ViteUserConfig = defineConfig({ test: { include: ['test/large/*.large.ts'], testTimeout: 900_000 } })

export default config
