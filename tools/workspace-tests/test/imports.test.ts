import { expect, test } from 'vitest'
import { importsOf, packageOf } from '../src/imports.ts'

test('finds every way to name a module', () => {
  const source = `import a, { type B } from './a.ts'
import type { C } from './c.ts'
import './side-effect.ts'
export * from './d.ts'
export type { E } from './e.ts'
export const f = (x: import('./f.ts').F): Promise<unknown> => import('./g.ts')
const h = await import(\`./h.ts\`)
import i = require('./i.ts')
// import './comment.ts'
const text = "import './text.ts'"
const computed = await import(text)
`
  expect(importsOf(source, 'x.ts').map(({ specifier, line }) => `${line} ${specifier}`)).toEqual([
    '1 ./a.ts',
    '2 ./c.ts',
    '3 ./side-effect.ts',
    '4 ./d.ts',
    '5 ./e.ts',
    '6 ./f.ts',
    '6 ./g.ts',
    '7 ./h.ts',
    '8 ./i.ts',
  ])
})

test('refuses a file that does not parse', () => {
  expect(() => importsOf('import {', 'x.ts')).toThrow('x.ts does not parse')
})

test('tells packages from paths', () => {
  expect(packageOf('@sidestep/core/job')).toBe('@sidestep/core')
  expect(packageOf('zod/mini')).toBe('zod')
  for (const specifier of ['./zod.ts', '../zod', '/zod', 'node:fs', '#zod'])
    expect(packageOf(specifier)).toBeUndefined()
})
