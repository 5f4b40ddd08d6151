import { defineConfig, type ViteUserConfig } from 'vitest/config'

/** What takes a minute and the network, because Debian's and Python's packages are installed, and is not run with the other tests. */
const config: ViteUserConfig = defineConfig({
  test: { include: ['test/engine-packages/*.packages.ts'], testTimeout: 600_000, hookTimeout: 300_000 },
})

export default config
