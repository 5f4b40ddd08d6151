import { join } from 'node:path'

import fc from 'fast-check'
import { expect, test } from 'vitest'
import { stringify } from 'yaml'

import { SidestepError } from '../../src/errors.ts'
import { parseProjectText } from '../../src/project/project-file.ts'
import { COMPONENT_TYPES } from '../../src/stack/component.ts'

const PATH = join('/', 'project', 'sidestep.yaml')

/** True where it was read; false where it was refused as it should be. */
async function isRead(text: string): Promise<boolean> {
  try {
    await parseProjectText(PATH, text)
    return true
  } catch (error) {
    if (!SidestepError.isInstance(error)) throw error
    expect(error).toMatchObject({ code: 'CONFIG_INVALID', kind: 'config' })
    expect(error.message).toMatch(/sidestep\.yaml(?::\d+:\d+)?/)
    return false
  }
}

const pieces = fc.constantFrom(
  'flavors',
  'components',
  'stacks',
  'active_stack',
  'step_operator',
  'artifact_store',
  'flavor',
  'local',
  '__proto__',
  ': ',
  ':\n  ',
  '\n',
  '\n    ',
  '- ',
  '{',
  '}',
  '[',
  ']',
  ', ',
  '"',
  "'",
  '&a ',
  '*a',
  '!x ',
  '? ',
  '|\n',
  '>-\n',
  '#',
  '\t',
  '---\n',
  '...\n',
  '%YAML 1.1\n',
  '<<',
  '1',
  '~',
  '\\',
  '${env:A}',
  '\r\n',
  '\u2028',
  '\ud800',
  '@',
  '`',
)

test('any text is read, or refused with its places', async () => {
  const texts = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 200 }),
    fc.array(pieces, { maxLength: 60 }).map((parts) => parts.join('')),
  )
  await fc.assert(
    fc.asyncProperty(texts, async (text) => {
      await isRead(text)
    }),
    { numRuns: 500 },
  )
})

const name = fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9_.-]{0,20}$/)
const key = fc
  .stringMatching(/^[a-z][a-zA-Z]{0,8}$/)
  .filter((text) => !/(?:secret|token|credentials?|key|pwd)$/i.test(text) && text !== 'flavor')
const { value } = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 3 },
    fc.string({ unit: 'grapheme', maxLength: 12 }).filter((text) => !/\p{Cc}/u.test(text)),
    fc.integer(),
    fc.double({ noNaN: true, noDefaultInfinity: true }).filter((number) => !Number.isInteger(number)),
    fc.boolean(),
    fc.constant(null),
    fc.array(tie('value'), { maxLength: 3 }),
    fc.dictionary(key, tie('value'), { maxKeys: 3, noNullPrototype: true }),
  ),
}))

const model = fc
  .record({
    step_operator: fc.dictionary(name, fc.record({ flavor: name, config: fc.dictionary(key, value, { maxKeys: 3 }) }), {
      minKeys: 1,
      maxKeys: 4,
    }),
    artifact_store: fc.dictionary(
      name,
      fc.record({ flavor: name, config: fc.dictionary(key, value, { maxKeys: 3 }) }),
      { minKeys: 1, maxKeys: 4 },
    ),
    sources: fc.dictionary(name, fc.constantFrom('./a.ts#A', 'package#b'), { maxKeys: 2 }),
  })
  .chain(({ step_operator, artifact_store, sources }) =>
    fc.record({
      step_operator: fc.constant(step_operator),
      artifact_store: fc.constant(artifact_store),
      sources: fc.constant(sources),
      stacks: fc.dictionary(
        name,
        fc.record({
          artifactStore: fc.constantFrom(...Object.keys(artifact_store)),
          stepOperators: fc.subarray(Object.keys(step_operator), { minLength: 1 }),
        }),
        { maxKeys: 3 },
      ),
    }),
  )

test('what is written is what is read', async () => {
  await fc.assert(
    fc.asyncProperty(model, async ({ step_operator, artifact_store, sources, stacks }) => {
      const written = (components: typeof step_operator): object =>
        Object.fromEntries(Object.entries(components).map(([id, { flavor, config }]) => [id, { flavor, ...config }]))
      const text = stringify(
        {
          flavors: { step_operator: sources },
          components: { step_operator: written(step_operator), artifact_store: written(artifact_store) },
          stacks: Object.fromEntries(
            Object.entries(stacks).map(([id, { artifactStore, stepOperators }]) => [
              id,
              { artifact_store: artifactStore, step_operators: stepOperators },
            ]),
          ),
        },
        { aliasDuplicateObjects: false },
      )
      const file = await parseProjectText(PATH, text)
      const plain = (part: unknown): unknown => JSON.parse(JSON.stringify(part))
      expect(plain(file.components.step_operator)).toEqual(plain(step_operator))
      expect(plain(file.components.artifact_store)).toEqual(plain(artifact_store))
      expect(plain(file.stacks)).toEqual(plain(stacks))
      expect(plain(file.flavors.step_operator)).toEqual(plain(sources))
      for (const type of COMPONENT_TYPES) expect(Object.getPrototypeOf(file.components[type])).toBeNull()
    }),
    { numRuns: 150 },
  )
})
