import { cp, symlink } from 'node:fs/promises'
import { join } from 'node:path'

import { describe, expect, test } from 'vitest'

import { deferExternalImports } from '../../src/bundle/external-imports.ts'
import { loadSourceTools } from '../../src/bundle/source-tools.ts'
import { installed, run, temporaryFolder, workshop, type Files } from './fixture.ts'

const tools = await loadSourceTools()

function defer(code: string, id = '/project/a.ts'): string | undefined {
  const isExternal = (specifier: string): boolean => /^(?:ext|@scope\/ext)(?:\/|$)/.test(specifier)
  const text = deferExternalImports(code, { id, isExternal, tools })?.toString()
  return text?.replace(/\nimport \{ external as __sidestepExternal \} from 'sidestep:external';$/, '')
}

describe('static imports of external packages', () => {
  test.each([
    ["import a from 'ext'; a", `const { default: a } = __sidestepExternal(await import("ext"), "ext", ["default"]); a`],
    [
      "import { a, b as c } from 'ext'; a; c",
      `const { a: a, b: c } = __sidestepExternal(await import("ext"), "ext", ["a","b"]); a; c`,
    ],
    ["import * as all from 'ext/deep.js'; all", `const all = await import("ext/deep.js"); all`],
    [
      "import a, * as all from 'ext'; a; all",
      `const all = __sidestepExternal(await import("ext"), "ext", ["default"]); const { default: a } = all; a; all`,
    ],
    ["import '@scope/ext'", `await import("@scope/ext");`],
    [
      `import { 'a b' as c } from 'ext'; c`,
      `const { "a b": c } = __sidestepExternal(await import("ext"), "ext", ["a b"]); c`,
    ],
    [
      "import j from 'ext/x.json' with { type: 'json' }; j",
      `const { default: j } = __sidestepExternal(await import("ext/x.json", { with: { type: 'json' } }), "ext/x.json", ["default"]); j`,
    ],
    [
      "export { a, b as c, default } from 'ext'",
      `const { a: __sidestepExport0_0, b: __sidestepExport0_1, default: __sidestepExport0_2 } = __sidestepExternal(await import("ext"), "ext", ["a","b","default"]); export { __sidestepExport0_0 as a, __sidestepExport0_1 as c, __sidestepExport0_2 as default };`,
    ],
    [
      "import { a } from 'ext'; export { a, a as b }",
      `const { a: a } = __sidestepExternal(await import("ext"), "ext", ["a"]); export { a, a as b }`,
    ],
    [
      "export * as all from 'ext'",
      `const __sidestepExport0_0 = await import("ext"); export { __sidestepExport0_0 as all };`,
    ],
  ])('%s', (before, after) => {
    expect(defer(before)).toBe(after)
    expect(defer(before, '/project/a.js')).toBe(after)
  })

  test.each([
    "import type { A } from 'ext'; export const a = 1 as unknown as A",
    "import { type A } from 'ext'; export const a = 1 as unknown as A",
    "import { A } from 'ext'; export const a = 1 as unknown as A",
    "import type * as all from 'ext'; export type A = all.A",
    "export type { A } from 'ext'",
    "import { a } from 'other'; a",
    "const a = await import('ext')",
    "const a = require('ext')",
    "// from 'ext'",
  ])('%s is left alone', (code) => {
    expect(defer(code)).toBeUndefined()
  })

  test('of types and values, the values are kept', () => {
    const code = "import D, { type A, B, c } from 'ext'\nexport const d = (b: B, a: A) => c"
    expect(defer(code)).toContain('const { c: c } = __sidestepExternal(await import("ext"), "ext", ["c"]);\n')
  })

  test('come before the body, as static imports do, and keep the lines', () => {
    const text = defer(
      "#!/usr/bin/env node\n'use strict'\nimport { a } from './a.js'\nuse(b)\nimport { b } from 'ext'\n",
    )
    expect(text?.split('\n')).toEqual([
      '#!/usr/bin/env node',
      "'use strict'",
      "import { a } from './a.js'",
      `const { b: b } = __sidestepExternal(await import("ext"), "ext", ["b"]);use(b)`,
      '',
      '',
    ])
  })
})

describe('in a bundle', () => {
  const FILES: Files = {
    'pipeline.ts': `
import { a } from './transitive.ts'
import external, { named } from 'required'
export { named as exported } from 'required/deep.js'
export const run = async () => [a, external, named, (await import('./lazy.ts')).lazy]
`,
    'transitive.ts': `import * as all from 'required'\nexport const a = Object.keys(all).toSorted().join()`,
    'lazy.ts': `import { named } from 'required/deep.js'\nexport const lazy = named`,
  }
  const REQUIRED: Files = {
    ...installed('required', `console.log('required is evaluated'); export default 1; export const named = 2`, {
      exports: { '.': './index.js', './*': './*' },
    }),
    'node_modules/required/deep.js': `console.log('deep is evaluated'); export const named = 3`,
  }

  test('an external package is evaluated when its importer is, and not in the parent', async () => {
    const { bundle, project, write } = await workshop(FILES)
    // The launcher does not have it.
    const { path, modules, nativePackages } = await bundle('pipeline.ts', { external: ['required'] })
    expect([...modules.keys()]).toEqual(['lazy.ts', 'pipeline.ts', 'transitive.ts'])
    expect(nativePackages).toEqual({})

    const job = await temporaryFolder()
    await cp(path, join(job, 'step.mjs'))
    expect(await run(join(job, 'step.mjs'))).toMatchObject({ stdout: 'parent: a-store an-operator\n', exitCode: 0 })
    const without = await run(join(job, 'step.mjs'), '--load')
    expect(without).toMatchObject({ stdout: 'parent: a-store an-operator\n', exitCode: 1 })
    expect(without.stderr).toContain("Cannot find package 'required'")

    await write(REQUIRED)
    await symlink(join(project, 'node_modules'), join(job, 'node_modules'))
    const { stdout } = await run(join(job, 'step.mjs'), '--load', '--call')
    expect(stdout.split('\n')).toEqual([
      'parent: a-store an-operator',
      'required is evaluated',
      'deep is evaluated',
      "result: [ 'default,named', 1, 2, 3 ]",
      '',
    ])
  })

  test('a name that the package does not have is an error, as with a static import', async () => {
    const { bundle, project } = await workshop({
      ...REQUIRED,
      'pipeline.ts': "import { missing } from 'required'\nexport const run = () => missing",
    })
    const { path } = await bundle('pipeline.ts', { external: ['required'] })
    await cp(path, join(project, 'step.mjs'))
    const { stderr } = await run(join(project, 'step.mjs'), '--load')
    expect(stderr).toContain("SyntaxError: The requested module 'required' does not provide an export named 'missing'")
    expect(stderr).toContain(`${project}/pipeline.ts:1:1`)
  })

  test('export * of an external package is refused: its names are not known', async () => {
    const { bundle } = await workshop({
      'pipeline.ts': "export const a = 1\n  export * from 'required'",
      'other.ts': "export * from 'wrapper'",
      ...installed('wrapper', "export * from 'required'"),
    })
    await expect(bundle('pipeline.ts', { external: ['required'] })).rejects.toMatchObject({
      code: 'BUNDLE_FAILED',
      kind: 'config',
      message: expect.stringContaining("pipeline.ts:2:3: `export * from 'required'`"),
      hint: expect.stringContaining('Name what is exported'),
    })
    await expect(bundle('other.ts', { external: ['required'] })).rejects.toMatchObject({
      message: expect.stringContaining('node_modules/wrapper/index.js:1:1'),
      hint: expect.stringContaining('Name wrapper in docker.requirements'),
    })
  })
})
