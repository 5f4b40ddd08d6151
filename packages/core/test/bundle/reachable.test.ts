import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'

import { expect, test } from 'vitest'

import { sha256 } from '../../src/canonical.ts'
import { sourcesReachableFrom } from '../../src/bundle/reachable.ts'
import { installed, workshop } from './fixture.ts'

test('what a file can reach, by any kind of import, and nothing else', async () => {
  const data = '{ "a": 1 }'
  const { bundle, project } = await workshop({
    'index.ts': "import './steps/train.ts'\nimport './steps/other.ts'",
    'steps/train.ts':
      "import { step } from '@sidestep/core'\nimport '../lib/a.ts'\nexport const load = () => import('../lib/late.ts')\nexport { step }",
    'steps/other.ts': 'console.log(1)',
    'lib/a.ts': "import './circle.ts'\nimport data from './data.json' with { type: 'json' }\nconsole.log(data)",
    'lib/circle.ts': "import './a.ts'\nimport 'package'",
    'lib/late.ts': 'export const late = 1',
    'lib/data.json': data,
    ...installed('package', "import './index.cjs'"),
    'node_modules/package/index.cjs': "require('./more.cjs')",
    'node_modules/package/more.cjs': 'exports.more = 1',
  })
  const before = await bundle('index.ts')
  const reached = sourcesReachableFrom(before, join(project, 'steps/train.ts'))
  expect(reached.map(([path]) => path)).toEqual([
    'lib/a.ts',
    'lib/circle.ts',
    'lib/data.json',
    'lib/late.ts',
    'node_modules/package/index.cjs',
    'node_modules/package/index.js',
    'node_modules/package/more.cjs',
    'steps/train.ts',
  ])
  expect(Object.fromEntries(reached)['lib/data.json']).toBe(sha256(data))
  expect(() => sourcesReachableFrom(before, join(project, 'package.json'))).toThrow(/Import|imports/)
  expect(sourcesReachableFrom(before, join(project, 'index.ts')).map(([path]) => path)).toContain('steps/other.ts')

  await writeFile(join(project, 'steps/other.ts'), 'console.log(2)')
  expect(sourcesReachableFrom(await bundle('index.ts'), join(project, 'steps/train.ts'))).toEqual(reached)
  await writeFile(join(project, 'lib/late.ts'), 'export const late = 2')
  expect(sourcesReachableFrom(await bundle('index.ts'), join(project, 'steps/train.ts'))).not.toEqual(reached)
})
