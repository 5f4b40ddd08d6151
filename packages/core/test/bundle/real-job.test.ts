import { join } from 'node:path'

import { expect, test } from 'vitest'

import { bundleModule } from '../../src/bundle/bundle-module.ts'
import { checkBundle } from '../../src/bundle/load-check.ts'
import { run, workshop } from './fixture.ts'

test('with core’s own job entry, a module lists its steps, and a pipeline does not start', async () => {
  const { folder, project } = await workshop({
    'good.ts': `
import { pipeline, Stack, step } from '@sidestep/core'
export const train = step({ name: 'train', stepOperator: true }, (input: number): number => input)
export default pipeline('numbers', async (input: number) => train(input))
export const stacks = [Stack]
`,
    'bad.ts': `export { train } from './good.ts'\nimport numbers from './good.ts'\nawait numbers.run(1)`,
  })
  const bundle = async (module: string) =>
    bundleModule({
      module: join(project, module),
      external: [],
      artifactStoreRuntime: join(folder, 'core/store.ts'),
      stepOperatorRuntimes: {},
      folder: join(folder, 'bundles'),
    })
  const check = async (module: string): Promise<void> =>
    checkBundle(await bundle(module), {
      steps: ['train'],
      projectModule: join(project, module),
      signal: new AbortController().signal,
    })
  await expect(check('good.ts')).resolves.toBeUndefined()
  await expect(check('bad.ts')).rejects.toMatchObject({ code: 'PIPELINE_IN_JOB', kind: 'config' })
  expect(await run((await bundle('good.ts')).path)).toMatchObject({ exitCode: 2 })
})
