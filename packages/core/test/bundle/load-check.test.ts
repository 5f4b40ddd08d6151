import { readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

import { describe, expect, test, vi } from 'vitest'

import type { Bundle } from '../../src/bundle/bundle-module.ts'
import { checkBundle, type CheckBundleOptions } from '../../src/bundle/load-check.ts'
import { installed, workshop, type Files, type Workshop } from './fixture.ts'

const STEP = "import { step } from '@sidestep/core'\nexport const train = step({ name: 'train' }, () => 1)\n"

async function bundled(
  code: string,
  files: Files = {},
  external: readonly string[] = [],
): Promise<{
  readonly made: Bundle
  readonly write: Workshop['write']
  check(options?: Partial<CheckBundleOptions>): Promise<void>
}> {
  const { bundle, project, write } = await workshop({ ...files, 'src/pipeline.ts': `${STEP}${code}` })
  const made = await bundle('src/pipeline.ts', { external })
  return {
    made,
    write,
    check: async (options = {}) =>
      checkBundle(made, {
        steps: ['train'],
        projectModule: join(project, 'src/pipeline.ts'),
        signal: new AbortController().signal,
        ...options,
      }),
  }
}

describe('a module that loads', () => {
  test('passes, and is not loaded again', async () => {
    // What it prints looks like an answer, and the last line has no end.
    const { made, check } = await bundled(`console.log('\\n\\u001e{"steps":[]}'); process.stdout.write('no end')`)
    await check()
    const checked = JSON.parse(await readFile(made.path.replace(/\.mjs$/, '.checked'), 'utf8')) as object
    expect(checked).toEqual({ node: process.version, packages: {}, steps: ['train'] })
    await rm(made.path)
    await check()
    await expect(check({ steps: ['train', 'other', 'third'] })).rejects.toMatchObject({
      code: 'STEP_UNKNOWN',
      kind: 'config',
      message: expect.stringContaining('the steps other, third'),
      hint: expect.stringContaining('It defines: train.'),
    })
  })

  test.each(['', '{"node":', 'null', '{"steps":7}'])(
    'is checked again where what was kept is damaged: %s',
    async (text) => {
      const { made, check } = await bundled('')
      const file = made.path.replace(/\.mjs$/, '.checked')
      await writeFile(file, text)
      await check()
      expect(JSON.parse(await readFile(file, 'utf8'))).toMatchObject({ steps: ['train'] })
    },
  )

  test('is loaded once for all who ask at the same time', async () => {
    const { folder } = await workshop({})
    const { check } = await bundled(
      `import { appendFileSync } from 'node:fs'\nappendFileSync(${JSON.stringify(join(folder, 'loads'))}, 'x')`,
    )
    const { signal } = new AbortController()
    await Promise.all(Array.from({ length: 20 }, () => check({ signal })))
    expect(await readFile(join(folder, 'loads'), 'utf8')).toBe('x')
    await expect(check({ signal, steps: ['other'] })).rejects.toMatchObject({ code: 'STEP_UNKNOWN' })
    await expect(check({ signal })).resolves.toBeUndefined()
  })

  test('is loaded again under another Node.js, and where another version of a package is installed', async () => {
    const code = `import { value } from 'outer'\nif (value !== 1) throw new Error('not one')`
    const { made, check, write } = await bundled(code, installed('outer', 'export const value = 1'), ['outer'])
    await check()
    const file = made.path.replace(/\.mjs$/, '.checked')
    const checked = JSON.parse(await readFile(file, 'utf8')) as object
    expect(checked).toEqual({ node: process.version, packages: { outer: '1.2.3' }, steps: ['train'] })
    await writeFile(file, JSON.stringify({ ...checked, node: 'v1.0.0', steps: [] }))
    await check()
    expect(JSON.parse(await readFile(file, 'utf8'))).toEqual(checked)
    await write(installed('outer', 'export const value = 2', { version: '2.0.0' }))
    await expect(check()).rejects.toMatchObject({ message: expect.stringContaining('not one') })
  })

  test('finds the packages that are not bundled where the user’s module finds them, and they find theirs', async () => {
    const { check } = await bundled(
      `import { value } from 'outer'\nimport 'outer/deep.js'\nif (value !== 'inner of outer') throw new Error(value)`,
      {
        ...installed('outer', "export { value } from 'inner'", { exports: { '.': './index.js', './*': './*' } }),
        'node_modules/outer/deep.js': '',
        'node_modules/outer/node_modules/inner/package.json':
          '{ "name": "inner", "type": "module", "exports": "./index.js" }',
        'node_modules/outer/node_modules/inner/index.js': "export const value = 'inner of outer'",
        ...installed('inner', "export const value = 'inner of the project'"),
      },
      ['outer'],
    )
    await expect(check()).resolves.toBeUndefined()
  })

  test('sees no more of the environment than a job', async () => {
    vi.stubEnv('A_SECRET_OF_THE_LAUNCHER', 'x')
    const { check } = await bundled(`throw new Error(Object.keys(process.env).toSorted().join())`)
    const error = (await check().catch((thrown: unknown) => thrown)) as Error
    const names = /Error: (\S+)/.exec(error.message)?.[1]?.split(',') ?? []
    expect(names).toContain('PATH')
    expect(names.filter((name) => !/^(?:PATH|HOME|TMPDIR|LANG|LC_\w+|TZ|SIDESTEP_RESOLVE_FROM)$/.test(name))).toEqual(
      [],
    )
    vi.unstubAllEnvs()
  })
})

describe('a module that does not load', () => {
  test('because it throws: what, and where in the user’s file', async () => {
    const { check } = await bundled(`const fail = (): never => { throw new RangeError('too far') }\nfail()`)
    await expect(check()).rejects.toMatchObject({
      code: 'MODULE_LOAD_FAILED',
      kind: 'config',
      message: expect.stringMatching(
        /^pipeline\.ts cannot be loaded: RangeError: too far\n.*fail \(\S*src\/pipeline\.ts:3:35\)\n.*src\/pipeline\.ts:4:1/,
      ),
    })
  })

  test('because it starts a pipeline', async () => {
    const { check } = await bundled(`import { pipeline } from '@sidestep/core'\nawait pipeline('penguins').run()`)
    await expect(check()).rejects.toMatchObject({
      code: 'PIPELINE_IN_JOB',
      kind: 'config',
      message: expect.stringContaining('penguins'),
    })
  })

  test('because a package is not installed here', async () => {
    const { check } = await bundled(`import { b } from 'forest'\nconsole.log(b)`, {}, ['forest'])
    await expect(check()).rejects.toMatchObject({
      code: 'MODULE_NOT_FOUND',
      message: expect.stringContaining("Cannot find package 'forest'"),
      hint: expect.stringContaining('await import()'),
    })
  })

  test('because a package looks for its files: its name, and what to do', async () => {
    const { check } = await bundled(`import '@scope/reader'`, {
      ...installed(
        '@scope/reader',
        `import { readFileSync } from 'node:fs'\nreadFileSync(new URL('./data.bin', import.meta.url))`,
      ),
      'node_modules/@scope/reader/data.bin': 'x',
    })
    await expect(check()).rejects.toMatchObject({
      code: 'MODULE_LOAD_FAILED',
      message: expect.stringContaining('ENOENT'),
      hint: expect.stringMatching(/@scope\/reader .* docker\.requirements/),
    })
  })

  test('because it looks for a file of the project', async () => {
    const { check } = await bundled(
      `import { readFileSync } from 'node:fs'\nreadFileSync(new URL('./data.csv', import.meta.url))`,
      { 'src/data.csv': 'x' },
    )
    await expect(check()).rejects.toMatchObject({
      code: 'MODULE_LOAD_FAILED',
      hint: expect.stringContaining('not the files beside it'),
    })
  })

  test('because it ends its process', async () => {
    const { check } = await bundled(`console.error('good bye'); process.exit(3)`)
    await expect(check()).rejects.toMatchObject({
      code: 'MODULE_LOAD_FAILED',
      kind: 'config',
      message: expect.stringMatching(/exit code 3[^]*good bye/),
    })
  })

  test('because it waits for what never comes', async () => {
    const { check } = await bundled(`await new Promise(() => {})`)
    await expect(check()).rejects.toMatchObject({ message: expect.stringContaining('waits at its top level') })
  })

  test('because it takes too long', async () => {
    const { check } = await bundled(`setInterval(() => {}, 1000); await new Promise(() => {})`)
    await expect(check({ timeoutMs: 500 })).rejects.toMatchObject({
      code: 'MODULE_LOAD_FAILED',
      message: expect.stringContaining('still loading after 500ms'),
    })
  })

  test('an abort ends the check at once, and nothing is remembered', async () => {
    const { check, made } = await bundled(`setInterval(() => {}, 1000); await new Promise(() => {})`)
    const started = performance.now()
    await expect(check({ signal: AbortSignal.timeout(200) })).rejects.toMatchObject({ name: 'TimeoutError' })
    expect(performance.now() - started).toBeLessThan(10_000)
    await expect(readFile(made.path.replace(/\.mjs$/, '.checked'))).rejects.toThrow('ENOENT')
  })
})
