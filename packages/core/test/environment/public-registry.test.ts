import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { expect, onTestFinished, test } from 'vitest'

import { installLock } from '../../src/environment/install.ts'
import { resolveLock } from '../../src/environment/lock.ts'
import { signal } from './registry.ts'

test('a package of the registry that this machine uses', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'sidestep-environment-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true, maxRetries: 5 }))
  const options = { projectFolder: folder, folder: join(folder, 'locks'), signal }
  const lock = await resolveLock(['is-number@7.0.0'], options)
  const environment = await installLock(lock, { ...options, folder: join(folder, 'environments') })
  const manifest = await readFile(join(environment, 'node_modules/is-number/package.json'), 'utf8')
  expect(JSON.parse(manifest)).toMatchObject({ version: '7.0.0' })
  await expect(resolveLock(['is-number@99.0.0'], options)).rejects.toMatchObject({
    code: 'REQUIREMENTS_UNRESOLVED',
    message: expect.stringContaining('is-number@99.0.0'),
  })
})
