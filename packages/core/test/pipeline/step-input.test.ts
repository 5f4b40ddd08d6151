import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { expect, test } from 'vitest'

import { createArtifact } from '../../src/artifact/artifact.ts'
import { fileAt } from '../../src/artifact/file.ts'
import { saveValue } from '../../src/artifact/save-value.ts'
import { CallNames, prepareCall } from '../../src/pipeline/step-input.ts'
import type { CommandStepDefinition } from '../../src/step/definition.ts'
import { resolveConfig } from '../../src/step/resolve-config.ts'
import { FolderStore } from '../support/folder-store.ts'

const definition: CommandStepDefinition = {
  kind: 'command',
  name: 'run-it',
  config: { name: 'run-it', stepOperator: true },
  file: undefined,
  command: ['{inputs.program}'],
  files: [],
  inputs: { program: { kind: 'file', name: 'program' } },
  outputs: {},
}

test('a file counts by all that it is, not by its bytes alone, and wherever it lies', async () => {
  await using store = await FolderStore.temporary()
  const folder = await mkdtemp(join(tmpdir(), 'sidestep-input-'))
  await writeFile(join(folder, 'program'), 'echo hi', { mode: 0o644 })
  await writeFile(join(folder, 'executable'), 'echo hi', { mode: 0o755 })
  const digestOf = async (value: unknown, key: string): Promise<string> => {
    const artifact = createArtifact(await saveValue(value, { store, key }), store)
    const run = { runId: 'r', store, signal: new AbortController().signal }
    const config = resolveConfig(definition)
    return (await prepareCall(definition, { program: artifact }, { run, config, names: new CallNames() })).inputDigest
  }
  const plain = await digestOf(fileAt(join(folder, 'program')), 'a')
  expect(await digestOf(fileAt(join(folder, 'program')), 'b')).toBe(plain)
  expect(await digestOf(fileAt(join(folder, 'executable')), 'c')).not.toBe(plain)
  expect(await digestOf(Buffer.from('echo hi'), 'd')).not.toBe(plain)
  await rm(folder, { recursive: true, maxRetries: 5 })
})
