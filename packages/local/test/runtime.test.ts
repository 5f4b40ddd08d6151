import { mkdir, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { execFile } from 'node:child_process'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { promisify } from 'node:util'

import { describe, expect, it } from 'vitest'

import { openArtifactStore, secretResolvers } from '../src/runtime.ts'
import { packageName } from '../src/runtime/import-guard.ts'
import { temporaryFolder } from './support/folders.ts'

/** A project with packages of its own, and in it a job with others. */
async function project(): Promise<{ readonly job: string; readonly run: (source: string) => Promise<string> }> {
  const root = await temporaryFolder()
  const job = join(root, '.sidestep/jobs/t1')
  const environment = join(root, '.sidestep/environments/e1')
  await writePackage(join(root, 'node_modules/of-project'), `export const from = 'project'`)
  await writePackage(join(root, 'node_modules/@scope/of-project'), `export const from = 'project'`)
  await writePackage(join(root, 'node_modules/both'), `export const from = 'project'`)
  await writePackage(
    join(environment, 'node_modules/both'),
    `export const from = 'environment'; export * as dep from 'dep'`,
  )
  await writePackage(join(environment, 'node_modules/dep'), `export const from = 'environment'`)
  await writePackage(join(environment, 'node_modules/@scope/dep'), `export const from = 'environment'`)
  await writePackage(
    join(environment, 'node_modules/optional'),
    `let found; try { await import('of-project'); found = true } catch (error) { found = error.code + (error.message.includes('optional/index.js asks for it') ? '' : '?') }; export const from = found`,
  )
  await writePackage(
    join(environment, 'node_modules/requires'),
    `let found; try { require('of-project'); found = true } catch (error) { found = error.code }; exports.from = found`,
    'commonjs',
  )
  await writePackage(
    join(root, 'linked'),
    `import { from as dep } from 'of-linked'; export const from = 'linked with ' + dep`,
  )
  await writePackage(join(root, 'linked/node_modules/of-linked'), `export const from = 'its own'`)
  await symlink(join(root, 'linked'), join(environment, 'node_modules/linked'))
  await mkdir(job, { recursive: true })
  await symlink(join(environment, 'node_modules'), join(job, 'node_modules'))
  const guard = pathToFileURL(fileURLToPath(new URL('../src/runtime.ts', import.meta.url))).href
  const run = async (source: string): Promise<string> => {
    const step = join(job, 'step.mjs')
    await writeFile(
      step,
      `import { prepareStepProcess } from ${JSON.stringify(guard)}; prepareStepProcess(); await import('./user.mjs')`,
    )
    await writeFile(join(job, 'user.mjs'), source)
    const { stdout } = await promisify(execFile)(process.execPath, [step], {
      env: { ...process.env, SIDESTEP_JOB_FOLDER: job },
    })
    return stdout.trim()
  }
  return { job, run }
}

async function writePackage(folder: string, source: string, type: string = 'module'): Promise<void> {
  await mkdir(folder, { recursive: true })
  const name = folder.split('node_modules/').at(-1)
  await writeFile(
    join(folder, 'package.json'),
    JSON.stringify({ name, version: '1.0.0', type, exports: { '.': './index.js', './sub': './index.js' } }),
  )
  await writeFile(join(folder, 'index.js'), source)
}

const PRINT_ERROR = `catch (error) { console.log(JSON.stringify({ code: error.code, message: error.message })) }`

describe('the imports of a step', () => {
  it("find the packages of its own environment, and theirs, before the project's", async () => {
    const { run } = await project()
    expect(
      await run(`
      import { from, dep } from 'both'
      const scoped = await import('@scope/dep/sub')
      const { createRequire } = await import('node:module')
      console.log(from, dep.from, scoped.from, createRequire(import.meta.url)('dep').from)`),
    ).toBe('environment environment environment environment')
  })

  it('never find a package of the project around it: an error says what to do', async () => {
    const { run } = await project()
    for (const [specifier, name] of [
      ['of-project', 'of-project'],
      ['@scope/of-project/sub', '@scope/of-project'],
    ] as const) {
      const error = JSON.parse(await run(`try { await import('${specifier}') } ${PRINT_ERROR}`)) as {
        code: string
        message: string
      }
      expect(error.code).toBe('ERR_MODULE_NOT_FOUND')
      expect(error.message).toContain(`the package ${name} is not in this step's environment. Add it`)
      expect(error.message).toContain('Add it to docker.requirements of the step.')
      expect(error.message).toContain('belongs to the project')
    }
    const required = await run(`
      import { createRequire } from 'node:module'
      try { createRequire(import.meta.url)('of-project') } ${PRINT_ERROR}`)
    expect(JSON.parse(required)).toMatchObject({
      code: 'MODULE_NOT_FOUND',
      message: expect.stringContaining('docker.requirements'),
    })
  })

  it('say what to do about a package that is nowhere', async () => {
    const { run } = await project()
    expect(await run(`try { await import('nowhere-at-all') } ${PRINT_ERROR}`)).toContain('docker.requirements')
  })

  it('leave the error of a package that is there and lacks something to Node.js', async () => {
    const { run } = await project()
    expect(JSON.parse(await run(`try { await import('both/missing') } ${PRINT_ERROR}`))).toMatchObject({
      code: 'ERR_PACKAGE_PATH_NOT_EXPORTED',
    })
  })

  it('let packages find out that an optional one is missing', async () => {
    const { run } = await project()
    expect(
      await run(`
      import { from } from 'optional'
      import { from as required } from 'requires'
      console.log(from, required)`),
    ).toBe('ERR_MODULE_NOT_FOUND MODULE_NOT_FOUND')
  })

  it('leave a package that is linked to a folder of the project to itself', async () => {
    const { run } = await project()
    expect(await run(`import { from } from 'linked'; console.log(from)`)).toBe('linked with its own')
  })

  it('find relative files, URLs and what Node.js brings', async () => {
    const { run, job } = await project()
    await writeFile(join(job, 'other.mjs'), `export const value = 1`)
    const other = pathToFileURL(join(job, 'other.mjs')).href
    expect(
      await run(`
      import fs from 'fs'
      import { readFile } from 'node:fs/promises'
      import { value } from './other.mjs'
      const again = await import('${other}')
      const data = await import('data:text/javascript,export const value = 3')
      console.log(typeof fs.readFileSync, typeof readFile, value, again.value, data.value)`),
    ).toBe('function function 1 1 3')
  })

  it('find no package at all in a job that brings none', async () => {
    const { run, job } = await project()
    await rm(join(job, 'node_modules'))
    expect(await run(`try { await import('both') } ${PRINT_ERROR}`)).toContain('the package both is not in this step')
  })
})

it('the name of a package is what npm would install', () => {
  const names = [
    'a',
    'a/b',
    '@s/a',
    '@s/a/b/c',
    'a.b',
    './a',
    '../a',
    '/a',
    '#a',
    'node:fs',
    'fs',
    'fs/promises',
    'file:///a',
    'data:x',
    '@s',
    '',
  ]
  expect(names.map((name) => packageName(name))).toEqual([
    'a',
    'a',
    '@s/a',
    '@s/a',
    'a.b',
    ...Array<undefined>(11).fill(undefined),
  ])
})

describe('secrets in files', () => {
  const [{ resolve, scheme }] = secretResolvers as [(typeof secretResolvers)[number]]

  it('are what the file holds, without its last line end', async () => {
    const folder = await temporaryFolder()
    const path = join(folder, 'token 50%')
    await writeFile(path, 'hush\nhush\n')
    expect(scheme).toBe('file')
    expect(await resolve(path)).toBe('hush\nhush')
    expect(await resolve(`//${path}`)).toBe('hush\nhush')
  })

  it('that are not there are an error of configuration that names the file', async () => {
    const folder = await temporaryFolder()
    await expect(resolve(join(folder, 'no'))).rejects.toMatchObject({
      code: 'SECRET_MISSING',
      kind: 'config',
      message: expect.stringContaining(folder),
    })
    await expect(resolve('relative')).rejects.toMatchObject({
      code: 'SECRET_MISSING',
      message: expect.stringContaining('absolute'),
    })
  })
})

it('the runtime opens the store that the launcher has', async () => {
  const path = join(await temporaryFolder(), 'store')
  const store = openArtifactStore({ flavor: 'local', path })
  await store.put('a', Buffer.from('x'))
  expect(await readFile(join(path, 'a'), 'utf8')).toBe('x')
  expect(dirname(fileURLToPath(`${store.uri}/a`))).toBe(path)
})
