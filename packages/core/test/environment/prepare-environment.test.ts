import { execFileSync } from 'node:child_process'
import { mkdir, readdir, readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

import { expect, test } from 'vitest'

import { resolveLock } from '../../src/environment/lock.ts'
import { prepareEnvironment } from '../../src/environment/prepare-environment.ts'
import { projectWith, signal, startRegistry } from './registry.ts'

test('a bundle finds its requirements beside it; preparing again changes nothing', async () => {
  const registry = await startRegistry([
    { name: 'seven', version: '1.0.0', files: { 'index.js': 'module.exports = 7' } },
  ])
  const place = await projectWith(registry)
  const bundlePath = join(place.folder, 'bundle.mjs')
  await writeFile(bundlePath, `console.log((await import('seven')).default)`)
  const lock = await resolveLock(['seven'], { projectFolder: place.project, folder: place.locks, signal })
  const folder = join(place.folder, 'job')
  const options = {
    bundlePath,
    lock,
    folder,
    environmentsFolder: place.environments,
    projectFolder: place.project,
    signal,
  }
  for (const _ of ['first', 'again']) {
    await prepareEnvironment(options)
    expect((await readdir(folder)).toSorted()).toEqual(['node_modules', 'step.mjs'])
    expect(execFileSync(process.execPath, [join(folder, 'step.mjs')], { encoding: 'utf8' })).toBe('7\n')
  }
})

test('without requirements there is the bundle alone; a new bundle takes its place', async () => {
  const place = await projectWith({ url: 'http://127.0.0.1:9/' })
  const folder = join(place.folder, 'job')
  await mkdir(folder)
  for (const text of ['one', 'two']) {
    const bundlePath = join(place.folder, 'draft.mjs')
    await writeFile(bundlePath, text)
    await rename(bundlePath, join(place.folder, `${text}.mjs`))
    await prepareEnvironment({
      bundlePath: join(place.folder, `${text}.mjs`),
      lock: undefined,
      folder,
      environmentsFolder: place.environments,
      projectFolder: place.project,
      signal,
    })
    expect(await readFile(join(folder, 'step.mjs'), 'utf8')).toBe(text)
    expect(await readdir(folder)).toEqual(['step.mjs'])
  }
})
