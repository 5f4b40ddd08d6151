import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { stepOperatorConformance } from '@sidestep/conformance'
import { Stack, type BaseStepOperator } from '@sidestep/core'
import { localArtifactStore } from '@sidestep/local'
import { afterAll, test } from 'vitest'
import { repositoryRoot } from '../src/repository.ts'
import { snippetsOf } from '../src/snippets.ts'

const PAGE = 'docs/writing-flavors.md'

interface NohupModule {
  readonly NohupStepOperator: new (config: { readonly folder: string }) => BaseStepOperator
}

// Where the packages are found that the listings import.
const folder = join(import.meta.dirname, `../.cache/nohup-${process.pid}`)
mkdirSync(folder, { recursive: true })
for (const { file, text } of snippetsOf(PAGE, readFileSync(join(repositoryRoot, PAGE), 'utf8'))) {
  if (file?.startsWith('nohup-') === true) writeFileSync(join(folder, file), text)
}
afterAll(() => rmSync(folder, { recursive: true }))

const { NohupStepOperator } = (await import(pathToFileURL(join(folder, 'nohup-operator.ts')).href)) as NohupModule

stepOperatorConformance({
  test,
  create: (place) =>
    new Stack({
      name: 'proof',
      artifactStore: localArtifactStore({ path: join(place.folder, 'store') }),
      stepOperators: { nohup: new NohupStepOperator({ folder: join(place.folder, 'jobs') }) },
    }),
  otherSettings: { nice: 5 },
  states: 'none',
  expireCredentials: 'none',
  provoke: 'none',
})
