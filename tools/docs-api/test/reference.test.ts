import { mkdtemp, readFile, realpath, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { entryPointsOf } from '../src/entry-points.ts'
import { readReference } from '../src/reference.ts'

test(
  'every export of the packages has a doc comment, and the reference can be written',
  { timeout: 120_000 },
  async () => {
    const folder = await temporaryFolder()
    const reference = await readReference()
    expect(reference.problems).toEqual([])
    await reference.write(folder)
    const index = await readFile(join(folder, 'index.html'), 'utf8')
    for (const { specifier } of [...entryPointsOf('@sidestep/core'), ...entryPointsOf('@sidestep/local')]) {
      expect(index).toContain(`${specifier}<`)
    }
  },
)

test('says what has no doc comment, and which link leads nowhere', { timeout: 60_000 }, async () => {
  const folder = await temporaryFolder()
  const file = join(folder, 'index.ts')
  await writeFile(join(folder, 'package.json'), JSON.stringify({ name: 'bare', version: '1.0.0', type: 'module' }))
  await writeFile(
    join(folder, 'tsconfig.json'),
    JSON.stringify({ compilerOptions: { types: [] }, files: ['index.ts'] }),
  )
  await writeFile(
    file,
    [
      'export const answer = 42',
      '/** Has one, see {@link nowhere}. */',
      'export interface Point {',
      '  /** Has one. */',
      '  readonly x: { readonly inner: number }',
      '  readonly y: number',
      '}',
    ].join('\n'),
  )
  const { problems } = await readReference(
    [{ specifier: 'bare', package: 'bare', file }],
    join(folder, 'tsconfig.json'),
  )
  expect(problems).toEqual([
    expect.stringContaining('answer (Variable)'),
    expect.stringContaining('Point.y (Property)'),
    expect.stringContaining('nowhere'),
  ])
})

async function temporaryFolder(): Promise<string> {
  const folder = await realpath(await mkdtemp(join(tmpdir(), 'sidestep-docs-api-')))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  return folder
}
