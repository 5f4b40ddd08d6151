import fc from 'fast-check'
import { expect, test } from 'vitest'
import { parse } from 'yaml'

import { YamlText, YamlTextError } from '../../src/yaml/yaml-text.ts'

const ORDER = ['flavors', 'components', 'stacks', 'active_stack']

const FILE = `# Stacks of the penguins
# kept by the team

components: # what there is
  step_operator:
    # the fast ones
    gpu: &fast { flavor: local,   resources: 'ignore' } # eight cards

    cpu:
      flavor: local
      # in seconds, not milliseconds
      stopGrace: 5s   # short
      # resources: ignore

    # spare: { flavor: local }

  artifact_store:
    "lake": {flavor: local}


stacks:
    prod:
        artifact_store: lake
        step_operators:
        - gpu # first
        - cpu

# the end
`

/** Lines of the result that the file did not have, and those that it lost. */
function difference(after: string, before: string = FILE): { added: string[]; removed: string[] } {
  const [old, now] = [before.split('\n'), after.split('\n')]
  return { added: now.filter((line) => !old.includes(line)), removed: old.filter((line) => !now.includes(line)) }
}

function edited(change: (text: YamlText) => void, before: string = FILE): string {
  const text = new YamlText(before, ORDER)
  change(text)
  return text.toString()
}

test('a changed value is the only line that changes', () => {
  const after = edited((text) => text.set(['components', 'step_operator', 'cpu', 'stopGrace'], '10s'))
  expect(after).toBe(FILE.replace('stopGrace: 5s ', 'stopGrace: 10s '))
  expect(edited((text) => text.set(['components', 'step_operator', 'gpu', 'resources'], 'enforce'))).toBe(
    FILE.replace("'ignore'", 'enforce'),
  )
  expect(edited((text) => text.set(['components', 'step_operator', 'gpu', 'stopGrace'], '1s'))).toBe(
    FILE.replace("'ignore' }", "'ignore', stopGrace: 1s }"),
  )
  expect(edited((text) => text.set(['components', 'step_operator', 'cpu', 'flavor'], 'local'))).toBe(FILE)
})

test('what is added stands behind what belongs to the entry before it', () => {
  const path = ['components', 'step_operator', 'cpu', 'environment']
  expect(edited((text) => text.set(path, { A: '1', B: ['x', 'z'] }))).toBe(
    FILE.replace(
      '      # resources: ignore\n',
      "      environment:\n        A: '1'\n        B: [x, z]\n      # resources: ignore\n",
    ),
  )
  const added = edited((text) => text.set(['components', 'step_operator', 'tpu'], { flavor: 'mine' }))
  expect(added).toBe(FILE.replace('# resources: ignore\n', '# resources: ignore\n\n    tpu:\n      flavor: mine\n'))
  expect(edited((text) => text.set(['stacks', 'prod', 'step_operators'], ['gpu', 'cpu', 'tpu']))).toBe(
    FILE.replace('        - cpu\n', '        - cpu\n        - tpu\n'),
  )
  expect(edited((text) => text.set(['stacks', 'prod', 'step_operators', 0], 'fast'))).toBe(
    FILE.replace('- gpu # first', '- fast # first'),
  )
})

test('items that stay keep their comments', () => {
  const path = ['stacks', 'prod', 'step_operators']
  const operators = (...names: string[]): string => edited((text) => text.set(path, names))
  expect(operators('gpu')).toBe(FILE.replace('        - cpu\n', ''))
  expect(operators('gpu', 'tpu')).toBe(FILE.replace('- cpu', '- tpu'))
  expect(operators('cpu', 'gpu')).toBe(FILE.replace('- gpu # first\n        - cpu', '- cpu\n        - gpu'))
  expect(edited((text) => text.set(['a'], [2, 3, 4]), 'a: [1,  2, 3] # c\n')).toBe('a: [2, 3, 4] # c\n')
})

test('sections stand in their order', () => {
  const flavors = edited((text) => text.set(['flavors', 'step_operator', 'mine'], './a.ts#A'))
  expect(flavors).toContain('by the team\n\nflavors:\n  step_operator:\n    mine: ./a.ts#A\n\ncomponents: # what')
})

test('what is removed takes along the comments that are about it', () => {
  const { added, removed } = difference(edited((text) => text.delete(['components', 'step_operator', 'gpu'])))
  expect(added).toEqual([])
  expect(removed).toHaveLength(2)
  const without = edited((text) => text.delete(['components', 'artifact_store', 'lake'], { prune: true }))
  expect(parse(without)).not.toHaveProperty('components.artifact_store')
  expect(difference(without).added).toEqual([])
  const nothing = edited((text) => {
    text.delete(['stacks', 'prod'], { prune: true })
    text.delete(['components'])
  })
  expect(nothing).toContain('# Stacks of the penguins')
  expect(nothing).toContain('# the end')
  expect(edited((text) => text.set(['active_stack'], 'prod'), nothing)).toContain('active_stack: prod')
})

test('braces over several lines keep their comments', () => {
  const before = 'a: {\n  # one\n  b: 1, # b\n  c: [\n    x, # x\n    y # y\n  ], # c\n  # two\n  d: 2 # d\n} # a\n'
  expect(edited((text) => text.delete(['a', 'b']), before)).toBe(before.replace(/ {2}# one\n.*\n/, ''))
  expect(edited((text) => text.delete(['a', 'd']), before)).toBe(before.replace(/ {2}# two\n.*\n/, ''))
  expect(edited((text) => text.set(['a', 'c'], ['x']), before)).toBe(before.replace('    y # y\n', ''))
  expect(edited((text) => text.set(['a', 'c'], ['y', 'z']), before)).toBe(
    before.replace('    x, # x\n', '').replace('y # y', 'y, z # y'),
  )
  expect(edited((text) => text.set(['a', 'e'], 3), before)).toBe(before.replace('d: 2', 'd: 2, e: 3'))
})

test('a key is renamed in its place', () => {
  expect(edited((text) => text.rename(['components', 'artifact_store', 'lake'], 'true'))).toBe(
    FILE.replace('"lake": {', "'true': {"),
  )
})

test('ends of lines stay as they are', () => {
  const windows = FILE.replaceAll('\n', '\r\n')
  const after = edited((text) => {
    text.set(['components', 'step_operator', 'tpu'], { flavor: 'mine', text: 'two\nlines\n' })
    text.set(['stacks', 'prod', 'step_operators'], ['cpu'])
    text.delete(['components', 'step_operator', 'gpu'])
  }, windows)
  expect(after.replaceAll('\r\n', '')).not.toMatch(/[\r\n]/)
  const open = edited((text) => text.set(['b', 'c'], 1), 'a: 1')
  expect(open).toBe('a: 1\nb:\n  c: 1')
})

test('empty things are filled', () => {
  for (const before of [
    '',
    '# only this\n',
    '---\n',
    '{}\n',
    'stacks:\n',
    'stacks: {}\n',
    'stacks: # none\n',
    'stacks: ~\n',
  ]) {
    const after = edited((text) => text.set(['stacks', 'a', 'b'], 1), before)
    expect(parse(after)).toEqual({ stacks: { a: { b: 1 } } })
    for (const [comment] of before.matchAll(/#.*/g)) expect(after).toContain(comment)
  }
})

test('what would change something else is refused', () => {
  const shared = 'a: &x { b: 1 }\nc: *x\nd: { e: *x }\n'
  expect(() => edited((text) => text.set(['a', 'b'], 2), shared)).toThrow(YamlTextError)
  expect(() => edited((text) => text.delete(['a']), shared)).toThrow(YamlTextError)
  expect(parse(edited((text) => text.set(['c', 'b'], 2), shared))).toEqual({
    a: { b: 1 },
    c: { b: 2 },
    d: { e: { b: 1 } },
  })
})

test('a comment stays where a value takes lines of its own', () => {
  const long = 'one\ntwo'
  for (const [before, value, after] of [
    ['x: 1 # c\n', long, 'x: |- # c\n  one\n  two\n'],
    ['x:   # c\ny: 2\n', `${long}\n`, 'x: |   # c\n  one\n  two\ny: 2\n'],
    ['x: [1] # c\n', [long], 'x: # c\n  - |-\n    one\n    two\n'],
    ['x: { a: 1 } # c\n', long, 'x: |- # c\n  one\n  two\n'],
    ['x: 1 # c\n', { a: 1 }, 'x: # c\n  a: 1\n'],
    ['x: # c\n  a: 1\n', long, 'x: |-\n  one\n  two\n'],
    ['x: 1 # c\r\n', long, 'x: |- # c\r\n  one\r\n  two\r\n'],
    ['x: # c', long, 'x: |- # c\n  one\n  two'],
  ] as const) {
    expect(edited((text) => text.set(['x'], value), before)).toBe(after)
  }
  expect(edited((text) => text.set(['a', 'b'], 1), '--- {}\n')).toBe('---\na:\n  b: 1\n')
})

test('what is in the way is named, and nothing of the file is shown', () => {
  const written = 'a:\n  ? m\n  : SECRET\n  n: 2\n'
  for (const change of [
    (text: YamlText): void => text.set(['a', 'o', 'p'], 1),
    (text: YamlText): void => text.delete(['a', 'm']),
    (text: YamlText): void => text.set(['a', 'm'], { deep: 'one\ntwo' }),
  ]) {
    expect(saidOf(change, written)).toMatch(/^$|written behind "\?"/)
  }
  expect(saidOf((text) => text.delete(['a', 'm']), written)).toContain('written behind "?"')
  expect(saidOf((text) => text.set(['a', 'b'], 2), 'a: &x { b: 1 }\nc: *x\n')).toContain('an anchor, an alias')
  expect(saidOf((text) => text.set(['b'], 2), 'a: SECRET: x\n')).toBe('with this change it would be no YAML')
})

/** Of the error of a change, and nothing where it was made. */
function saidOf(change: (text: YamlText) => void, before: string): string {
  try {
    edited(change, before)
    return ''
  } catch (error) {
    expect(error).toBeInstanceOf(YamlTextError)
    expect(String(error)).not.toContain('SECRET')
    return (error as Error).message
  }
}

const name = fc.oneof(
  fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9_.-]{0,8}$/),
  fc.constantFrom('true', 'null', '1e3', '0x1F', 'no', 'constructor', '12', '1_000', '2026-01-01'),
)
const key = fc.oneof(name, fc.string({ unit: 'binary', maxLength: 8 }))
const text = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.string({
    unit: fc.constantFrom('\n', ' ', '#', ':', '-', 'a', '\t', '\r', '"', "'", ',', ']', '}', '|', '\u2028'),
  }),
  name,
)
const { value } = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 3 },
    text,
    fc.double({ noNaN: true, noDefaultInfinity: true }),
    fc.integer(),
    fc.boolean(),
    fc.constant(null),
    fc.array(tie('value'), { maxLength: 4 }),
    fc.dictionary(key, tie('value'), { maxKeys: 4 }),
  ),
}))

test('text that begins with an empty line lets others be added behind it', () => {
  const text = new YamlText('', ORDER)
  text.set(['many', ''], { true: [{ A: '\n a' }] })
  text.set(['many', 'A'], 0)
  expect(parse(text.toString())).toEqual({ many: { '': { true: [{ A: '\n a' }] }, A: 0 } })
})

test('any value reads back as it was given, wherever it is put', () => {
  fc.assert(
    fc.property(
      fc.constantFrom('', FILE, FILE.replaceAll('\n', '\r\n'), 'a: { b: { c: 1 } }', 'a:\n    b:\n        c: 1\n'),
      fc.array(
        fc.oneof(
          fc.record({
            do: fc.constant('set' as const),
            path: fc.constantFrom(['a', 'b', 'c'], ['a', 'b'], ['z'], ['stacks', 'prod', 'x']),
            value,
          }),
          fc.record({ do: fc.constant('add' as const), name: key, value }),
          fc.record({ do: fc.constant('remove' as const), prune: fc.boolean() }),
        ),
        { minLength: 1, maxLength: 6 },
      ),
      (before, changes) => {
        const yaml = new YamlText(before, ORDER)
        for (const change of changes) {
          const now = (parse(yaml.toString()) ?? {}) as Record<string, any>
          if (change.do === 'set') {
            if (change.path.length > 2 && typeof now['a'] === 'object') {
              const b = (now['a'] as Record<string, unknown> | null)?.['b']
              if (b !== undefined && (typeof b !== 'object' || Array.isArray(b))) continue
            }
            yaml.set(change.path, change.value)
            const found: unknown = change.path.reduce((at: any, part) => at[part], parse(yaml.toString()))
            expect(found).toEqual(change.value)
          } else if (change.do === 'add') {
            yaml.set(['many', change.name], change.value)
          } else if (Object.keys(now['many'] ?? {}).length > 0) {
            const [first = ''] = Object.keys(now['many'])
            yaml.delete(['many', first], { prune: change.prune })
          }
        }
        for (const [comment] of before.matchAll(/# .*/g)) expect(yaml.toString()).toContain(comment.trim())
      },
    ),
    { numRuns: 150 },
  )
})
