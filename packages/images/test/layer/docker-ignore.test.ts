import { mkdirSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'

import { noEngine } from '@sidestep/containers'
import fc from 'fast-check'
import { expect, test } from 'vitest'

import { findEngine } from '../../src/engine/find-engine.ts'
import { dockerIgnore } from '../../src/layer/docker-ignore.ts'
import { never, temporaryFolder } from './support.ts'

const missing = noEngine ?? (await findEngine({ signal: never }).then(() => undefined, String))

const FILES = ['a', 'b.md', 'ab', 'Ab', '.h', 'x y', '[q]', 'x/a', 'x/b.md', 'x/.h', 'x/y/a', 'x/y/b.md', 'x/y/z/a']
  .concat(['y/a', 'y/x/ab', 'x/y/ab.md'])
  .toSorted()

// Without `+` and its like: older Dockers put them into a regular expression as they are.
const NAMES = [
  'a',
  'b.md',
  'ab',
  'x',
  'y',
  'z',
  '*',
  '**',
  '?',
  'a*',
  '*.md',
  '[a-x]',
  '[^a]',
  '.h',
  '.*',
  'x?y',
  '**.md',
]
const part = fc.constantFrom(...NAMES, '.', '..', '\\[q]', '**a', 'x y', '*b*')
const wanted = fc
  .tuple(
    fc.constantFrom('', '', '', '/', './', ' '),
    fc.array(part, { minLength: 1, maxLength: 4 }),
    fc.constantFrom('', '', '', '/', '/*', '/**', ' '),
  )
  .map(([before, parts, after]) => `${before}${parts.join('/')}${after}`)
// Without wildcards: behind those, older Dockers do not look into a folder that is left out.
const broughtBack = fc
  .tuple(
    fc.constantFrom('!', '!/', '! ./'),
    fc.array(fc.constantFrom('a', 'ab', 'b.md', 'x', 'y', 'z', '.h'), { minLength: 1, maxLength: 3 }),
  )
  .map(([before, parts]) => `${before}${parts.join('/')}`)
const line = fc.oneof({ weight: 2, arbitrary: wanted }, { weight: 1, arbitrary: broughtBack })

test.skipIf(missing !== undefined)(
  `what a .dockerignore leaves out is what docker build leaves out${missing === undefined ? '' : ` (${missing})`}`,
  async () => {
    const { program } = await findEngine({ signal: never })
    const [context, into, besides] = [temporaryFolder(), join(temporaryFolder(), 'into'), temporaryFolder()]
    for (const path of FILES) {
      mkdirSync(dirname(join(context, path)), { recursive: true })
      writeFileSync(join(context, path), path)
    }
    const dockerfile = join(besides, 'Dockerfile')
    writeFileSync(dockerfile, 'FROM scratch\nCOPY . /\n')
    await fc.assert(
      fc.asyncProperty(fc.array(line, { minLength: 1, maxLength: 5 }), async (lines) => {
        writeFileSync(join(context, '.dockerignore'), lines.join('\n'))
        rmSync(into, { recursive: true, force: true })
        const args = ['build', '--quiet', '--file', dockerfile, '--output', into, context]
        const environment = { ...process.env, DOCKER_BUILDKIT: '1' }
        const refusal = await promisify(execFile)(program, args, { env: environment }).then(() => undefined, String)
        expect(refusal).toBeUndefined()
        const theirs = (readdirSync(into, { recursive: true }) as string[]).filter((path) => FILES.includes(path))
        const rules = dockerIgnore(lines, '.dockerignore')
        const ours = FILES.filter((path) => !rules.ignores(path))
        expect(ours).toEqual(theirs.filter((path) => statSync(join(into, path)).isFile()).toSorted())
      }),
      { numRuns: Number(process.env['SIDESTEP_IGNORE_RUNS'] ?? 8) },
    )
  },
  300_000,
)
