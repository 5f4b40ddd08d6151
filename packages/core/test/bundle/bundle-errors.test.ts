import { expect, test } from 'vitest'

import { installed, workshop, type Files } from './fixture.ts'

async function failure(
  files: Files,
): Promise<{ readonly code: string; readonly kind: string; readonly message: string; readonly hint: string }> {
  const { bundle } = await workshop({ 'pipeline.ts': "import './src/wrong.ts'", ...files })
  const error: unknown = await bundle('pipeline.ts').catch((thrown: unknown) => thrown)
  expect(error).toMatchObject({ kind: 'config' })
  return error as never
}

test('a package that is not there: where, what, and both ways out', async () => {
  const { code, message, hint } = await failure({
    'src/wrong.ts': "const a = 1\nimport { b } from '@scope/missing/deep.js'\nexport const c = [a, b]",
  })
  expect(code).toBe('MODULE_NOT_FOUND')
  expect(message).toBe(`src/wrong.ts:2:19: cannot find '@scope/missing/deep.js'

1: const a = 1
2: import { b } from '@scope/missing/deep.js'
                     ^`)
  expect(hint).toContain('Install it in the project')
  expect(hint).toContain('docker.requirements')
  expect(hint).toContain('await import()')
})

test('a file that is not there', async () => {
  const { code, message, hint } = await failure({ 'src/wrong.ts': "export { b } from './missing.ts'" })
  expect(code).toBe('MODULE_NOT_FOUND')
  expect(message).toContain("src/wrong.ts:1:19: cannot find './missing.ts'")
  expect(hint).not.toContain('docker.requirements')
})

test('a package that imports one that is not there', async () => {
  const { code, message } = await failure({
    'src/wrong.ts': "import 'broken'",
    ...installed('broken', "\nimport 'missing'"),
  })
  expect(code).toBe('MODULE_NOT_FOUND')
  expect(message).toContain("node_modules/broken/index.js:2:8: cannot find 'missing'")
})

test('what is only loaded when it is asked for may be missing', async () => {
  const { bundle } = await workshop({
    'pipeline.ts': `
import 'optional'
import type { A } from 'missing-types'
import { B } from 'missing-types'
export const run = async (): Promise<[A?, B?]> => import('missing')
`,
    'node_modules/optional/package.json': '{ "name": "optional", "version": "1.0.0" }',
    'node_modules/optional/index.js': "try { require('missing') } catch {}",
  })
  await expect(bundle('pipeline.ts')).resolves.toMatchObject({ nativePackages: {} })
})

test('wrong syntax, with the lines around it', async () => {
  const { code, message } = await failure({ 'src/wrong.ts': 'export const a = 1\nexport const = 2\n' })
  expect(code).toBe('BUNDLE_FAILED')
  expect(message).toMatch(
    /^src\/wrong\.ts:2:14: Unexpected token\n\n1: export const a = 1\n2: export const = 2\n {16}\^/,
  )
})

test('a name that a module does not export', async () => {
  const { code, message } = await failure({
    'src/wrong.ts': "import { a, b } from './a.ts'\nexport const c = [a, b]",
    'src/a.ts': 'export const a = 1',
  })
  expect(code).toBe('BUNDLE_FAILED')
  expect(message).toContain("src/wrong.ts:1:13: 'b' is not exported by src/a.ts")
})

test('a name that Sidestep does not have inside a job', async () => {
  const { message, hint } = await failure({
    'src/wrong.ts': "import { Nothing } from '@sidestep/core'\nexport const c = Nothing",
  })
  expect(message).toContain("'Nothing' is not exported by @sidestep/core inside a job")
  expect(hint).toContain('launcher')
})

test.each(['ts', 'js'])('an exported name that a .%s module does not have', async (extension) => {
  const { bundle } = await workshop({
    'pipeline.ts': `import './wrong.${extension}'`,
    [`wrong.${extension}`]: 'const a = 1\nexport { a, missing }',
  })
  await expect(bundle('pipeline.ts')).rejects.toMatchObject({
    code: 'BUNDLE_FAILED',
    message: `wrong.${extension}:2:13: 'missing' is exported, and the module has nothing of that name`,
  })
})

test('types may be exported by name', async () => {
  const { bundle } = await workshop({
    'pipeline.ts': `
import type { A } from './types.ts'
interface B { readonly a: A }
type C = B
declare const d: number
const e = 1
export { e, type A, type C }
export type { B }
export let f: typeof d
`,
    'types.ts': 'export interface A {}',
  })
  await expect(bundle('pipeline.ts')).resolves.toMatchObject({ nativePackages: {} })
})

test('a decorator of the language is named where it stands; TypeScript’s own work', async () => {
  const decorated = `const mark = (..._: unknown[]): void => {}\n/** @mark is not one. */\nexport class A {\n  @mark method(): void {}\n}\nexport const run = () => new A()`
  const { code, message, hint } = await failure({ 'src/wrong.ts': decorated })
  expect(code).toBe('BUNDLE_FAILED')
  expect(message).toBe('src/wrong.ts:4:3: a decorator, which Node cannot run')
  expect(hint).toContain('experimentalDecorators')
  const { bundle } = await workshop({
    'a.ts': decorated,
    'tsconfig.json': '{ "compilerOptions": { "experimentalDecorators": true } }',
  })
  await expect(bundle('a.ts')).resolves.toMatchObject({ nativePackages: {} })
})

test('a module that does not exist', async () => {
  const { bundle } = await workshop({})
  await expect(bundle('nothing.ts')).rejects.toMatchObject({
    code: 'MODULE_NOT_FOUND',
    kind: 'config',
    message: expect.stringContaining('nothing.ts'),
  })
})
