import { cp } from 'node:fs/promises'
import { join } from 'node:path'

import { describe, expect, test } from 'vitest'

import { withoutWaitingCycles } from '../../src/bundle/module-cycles.ts'
import { installed, run, workshop, type Files } from './fixture.ts'

/** Runs a module as Node does, and as a bundle does, in front of the same packages. */
async function bothWays(
  files: Files,
  external: readonly string[] = [],
): Promise<{ readonly native: string; readonly bundled: string }> {
  const { bundle, project, write } = await workshop(files)
  await write({ 'start.ts': "const { run } = await import('./main.ts')\nconsole.log('result:', await run())" })
  const { path } = await bundle('main.ts', { external })
  await cp(path, join(project, 'step.mjs'))
  const native = await run(join(project, 'start.ts'))
  const bundled = await run(join(project, 'step.mjs'), '--load', '--call')
  expect(native.exitCode).toBe(0)
  return { native: native.stdout, bundled: bundled.stdout.replace('parent: a-store an-operator\n', '') }
}

const WAITS = `await new Promise((resolve) => { setTimeout(resolve, 5) })\n`
const CYCLE: Files = {
  'main.ts': `import { a, viaB } from './a.ts'\nexport const run = () => [a(), viaB()]`,
  'a.ts': `import './first.ts'\nimport { b } from './b.ts'\nconsole.log('a')\nexport const a = () => 'a'\nexport const viaB = () => b()`,
  'b.ts': `import { a } from './a.ts'\nconsole.log('b')\nexport const b = () => 'b of ' + a()`,
  'first.ts': `${WAITS}console.log('first')`,
}

describe('modules that import each other', () => {
  test('do not wait for each other when one that they import awaits', async () => {
    const { native, bundled } = await bothWays(CYCLE)
    // Node lets modules that do not need each other wait at the same time; a bundle takes them in order.
    expect(bundled.split('\n').toSorted()).toEqual(native.split('\n').toSorted())
    expect(bundled).toContain("result: [ 'a', 'b of a' ]")
  })

  test('nor when the wait comes from an external package', async () => {
    const first = `import { value } from 'required'\nconsole.log('first', value)`
    const { native, bundled } = await bothWays(
      { ...CYCLE, 'first.ts': first, ...installed('required', 'export const value = 7') },
      ['required'],
    )
    expect(bundled).toBe(native)
    expect(bundled).toContain('first 7')
  })

  test('in a circle of three, entered in the middle, with a wait in each', async () => {
    const { native, bundled } = await bothWays({
      'main.ts': `import { two } from './two.ts'\nimport { one } from './one.ts'\nexport const run = () => [one(), two()]`,
      'one.ts': `import { two } from './two.ts'\n${WAITS}console.log('one')\nexport const one = () => 1\nexport const oneTwo = () => two()`,
      'two.ts': `import { three } from './three.ts'\n${WAITS}console.log('two')\nexport const two = () => 2 + three()`,
      'three.ts': `import { one } from './one.ts'\n${WAITS}console.log('three')\nexport const three = () => 3 + one()`,
    })
    expect(bundled).toBe(native)
    expect(bundled).toContain('result: [ 1, 6 ]')
  })

  test('imported at the same time by two import() calls, each module is evaluated once', async () => {
    const { native, bundled } = await bothWays({
      ...CYCLE,
      'main.ts': `const [{ a }, { b }] = await Promise.all([import('./a.ts'), import('./b.ts')])\nexport const run = () => [a(), b()]`,
    })
    expect(bundled.split('\n').toSorted()).toEqual(native.split('\n').toSorted())
  })

  test('an error at the top level reaches every importer', async () => {
    const { bundled, native } = await bothWays({
      'main.ts': `const results = await Promise.allSettled([import('./a.ts'), import('./b.ts')])\nexport const run = () => results.map((it) => it.status)`,
      'a.ts': `import './bad.ts'`,
      'b.ts': `import './bad.ts'`,
      'bad.ts': `${WAITS}throw new Error('bad')`,
    })
    expect(bundled).toBe(native)
    expect(bundled).toBe("result: [ 'rejected', 'rejected' ]\n")
  })
})

test('a wrapper of another shape is an error, not a bundle that hangs', () => {
  expect(() => withoutWaitingCycles('var __esmMin = something();\nvar init = __esmMin(async () => {});')).toThrow(
    'wraps modules',
  )
  expect(withoutWaitingCycles('var __esmMin = something();\nvar init = __esmMin(() => {});')).toContain('something')
})
