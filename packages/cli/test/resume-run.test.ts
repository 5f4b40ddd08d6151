import { mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pipeline } from '@sidestep/core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { fileOfRun, fileToResume } from '../src/run/project-file.ts'
import { pipelineCalled } from '../src/run/resume-run.ts'
import { runSummary } from './helpers/summaries.ts'

let folder: string

beforeAll(async () => {
  folder = await realpath(await mkdtemp(join(tmpdir(), 'sidestep-resume-')))
  await mkdir(join(folder, 'src'))
  await writeFile(join(folder, 'src/pipeline.ts'), '')
  await writeFile(join(folder, 'other.ts'), '')
})

afterAll(() => rm(folder, { recursive: true, force: true, maxRetries: 5 }))

test('a run goes on with the file that it began with, or the one that is named', () => {
  const run = runSummary({ projectFolder: folder })
  expect(fileToResume(run, undefined, '/')).toBe(join(folder, 'src/pipeline.ts'))
  expect(fileToResume(run, 'other.ts', folder)).toBe(join(folder, 'other.ts'))
})

test('a run of another machine goes on with the file of the same name in the working directory', () => {
  const { projectFolder: _projectFolder, ...run } = runSummary()
  expect(fileToResume(run, undefined, folder)).toBe(join(folder, 'src/pipeline.ts'))
})

test('says what to name where the file is gone, or was never known', () => {
  const gone = runSummary({ projectFolder: folder, module: 'src/gone.ts' })
  expect(() => fileToResume(gone, undefined, '/')).toThrow(/began with .+gone\.ts, and there is no such file/)
  expect(fileOfRun(gone)).toBeUndefined()
  const { module: _module, ...unknown } = runSummary()
  expect(() => fileToResume(unknown, undefined, '/')).toThrow(/nobody knows which file defines the pipeline penguins/)
})

test('finds the pipeline of the run among others, under whatever name it is exported', () => {
  const [one, two] = [pipeline('one', async () => 1), pipeline('two', async () => 2)]
  expect(pipelineCalled('two', { default: one, second: two }, 'p.ts')).toBe(two)
  expect(() => pipelineCalled('three', { default: one, second: two }, 'p.ts')).toThrow(
    expect.objectContaining({
      message: 'p.ts exports no pipeline called three',
      hint: expect.stringContaining('one, two'),
    }),
  )
})
