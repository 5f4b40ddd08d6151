import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'

import { expect, test } from 'vitest'

import { runtimeText, standInFor, withoutTaken } from '../../src/bundle/runtime-text.ts'
import { loadSourceTools } from '../../src/bundle/source-tools.ts'
import { run, workshop } from './fixture.ts'

const tools = await loadSourceTools()

test('the exports of built code are told, and taken out', () => {
  const text = runtimeText('const a = 1\nfunction b() {}\nexport { a as "a b", b as default, a };\n', tools)
  expect(text.exports).toEqual({ 'a b': 'a', default: 'b', a: 'a' })
  expect(text.code).not.toContain('export')
  expect(text.code).toContain('const a = 1\nfunction b() {}\n')
})

test('its names are what it declares at its top in any way, and the globals that it uses', () => {
  const { names } = runtimeText(
    `import one, { two as three } from 'x'
import * as four from 'y'
const { five, six: { seven = process.pid }, ...eight } = three, [nine, , ...ten] = four
for (var eleven of []) { let inner = eleven; { var twelve } }
class Thirteen {}
function fourteen(process) { const local = process; return typeof Deno + local.performance }
export { one }`,
    tools,
  )
  expect(names).toEqual(
    expect.arrayContaining(['one', 'three', 'four', 'five', 'seven', 'eight', 'nine', 'ten', 'eleven', 'twelve']),
  )
  expect(names).toEqual(expect.arrayContaining(['Thirteen', 'fourteen', 'process', 'Deno']))
  for (const free of ['two', 'six', 'inner', 'local', 'performance']) expect(names).not.toContain(free)
})

test('code that exports in a way the bundler does not is refused', () => {
  for (const built of ['export const a = 1', "export * from 'x'", 'export default 1']) {
    expect(() => runtimeText(built, tools)).toThrow(/writes in a way/)
  }
})

test('a stand-in gives every export', () => {
  const stood = standInFor({ exports: { 'a b': 'x', y: 'y' }, names: ['x', 'y'] })
  expect(tools.parseSync('stand-in.mjs', stood).errors).toEqual([])
  expect(stood).toContain('as "a b"')
  expect(withoutTaken(stood)).not.toContain('(')
  expect(withoutTaken(stood).split('\n')).toHaveLength(stood.split('\n').length)
  expect(() => withoutTaken('const a = 1')).toThrow(/writes in a way/)
})

test('a module may use every name that the runtime in front of it uses', async () => {
  const { folder, bundle } = await workshop({
    'a.ts': `import { join } from 'node:path'
const process = 'my process', hidden = 'my hidden', storeName = join('my', 'store')
export class Taken {}
const __defProp = 1
export const run = () => [process, hidden, storeName, new Taken().constructor.name, typeof operatorName, __defProp].join()
const operatorName = 2
`,
  })
  await writeFile(
    join(folder, 'core/store.ts'),
    `import { join } from 'node:path'
class Taken { static pid = process.pid > 0 }
if (Taken.pid) { var hidden = 'its hidden' }
const folder = await Promise.resolve(import.meta.dirname)
export const storeName: string = [join('its', 'store'), hidden, folder.length > 0, globalThis.process === process].join(' ')
`,
  )
  const { path } = await bundle('a.ts')
  const { stdout, stderr } = await run(path, '--load', '--call')
  expect(stderr).toBe('')
  expect(stdout).toContain('parent: its/store its hidden true true an-operator')
  expect(stdout).toMatch(/^result: my process,my hidden,my\/store,Taken(?:\$1)?,number,1$/m)
})
