import { Command } from 'commander'
import { expect, test } from 'vitest'
import type { JsonSchema } from '@sidestep/core/project'
import { readConfigWords, type ConfigCommandOptions } from '../src/components/config-words.ts'
import { firstLook } from '../src/components/late-command.ts'

const jsonSchema: JsonSchema = {
  type: 'object',
  properties: {
    useSpot: { type: 'boolean' },
    stopGrace: { type: 'string' },
    zones: { type: 'array', items: { type: 'string' } },
    noCache: { type: 'boolean' },
    maxLimits: {
      type: 'object',
      required: ['files'],
      properties: { files: { type: 'integer' }, disk: { type: 'object', properties: { size: { type: 'string' } } } },
    },
    output: { type: 'string' },
  },
}

let printed = ''
const parent = new Command('sidestep').exitOverride().configureOutput({ writeOut: (text) => (printed += text) })
const options: ConfigCommandOptions = {
  parent,
  name: 'sidestep step-operator register',
  usage: '<name> [options]',
  description: 'register',
  help: '',
  flavor: 'test',
  jsonSchema,
  for: 'register',
}

function read(words: readonly string[], changed: Partial<ConfigCommandOptions> = {}): unknown {
  const { name, words: found } = readConfigWords(words, { ...options, ...changed })
  return [name, ...found.options.map(({ flag, text }) => [flag, text]), ...found.sets, ...found.unsets]
}

test.each([
  [
    ['a', '--use-spot', '--stop-grace', '5s'],
    ['a', ['use-spot', 'true'], ['stop-grace', '5s']],
  ],
  [
    ['--useSpot=false', '--stopGrace=--use-spot', 'a'],
    ['a', ['useSpot', 'false'], ['stopGrace', '--use-spot']],
  ],
  [
    ['a', '--no-use-spot', '--no-cache'],
    ['a', ['no-use-spot', 'false'], ['no-cache', 'true']],
  ],
  [
    ['a', '--no-cache=false'],
    ['a', ['no-cache', 'false']],
  ],
  [
    ['a', '--zones', 'x', '--zones=y'],
    ['a', ['zones', 'x'], ['zones', 'y']],
  ],
  [
    ['a', '--flavor', 'test', '--set', 'output=x', '--set=b.c={"d":1}'],
    ['a', 'output=x', 'b.c={"d":1}'],
  ],
])('%j', (words, expected) => {
  expect(read(words)).toEqual(expected)
})

test.each([
  [['a', '--use-spt=true'], 'has no option --use-spt', 'Did you mean --use-spot?'],
  [['a', '--zone', 'x'], 'has no option --zone', 'Did you mean --zones?'],
  [['a', '--maxLimits.files', '128'], 'has no option --maxLimits.files', 'Write --set maxLimits.files=128.'],
  [['a', '--max-limits.disk.size=1'], 'has no option --max-limits.disk.size', 'Write --set maxLimits.disk.size=1.'],
  [['a', '--max-limits.filse', '1'], 'has no option --max-limits.filse', 'Did you mean --max-limits?'],
  [['a', 'b'], 'takes one name, and was given a and b too', '--key=true'],
  [['a', '--flavor', 'x', '--flavor', 'y'], '--flavor is given twice', 'one flavor'],
  [['a', '--zones', 'x', '--', '--label'], 'was given a and --label too', 'quoted'],
  [['a', '--no-use-spot=x'], '--no-use-spot takes no value', '--use-spot=false'],
  [['a', '--verbose=x'], '--verbose takes no value', '--verbose alone'],
  [['a', '--unset', 'x'], 'has no option --unset', '--help'],
])('%j is refused', (words, message, hint) => {
  expect(() => read(words)).toThrow(
    expect.objectContaining({ message: expect.stringContaining(message), hint: expect.stringContaining(hint) }),
  )
})

test('without a schema --set gives everything', () => {
  expect(() => read(['a', '--stop-grace=5s'], { jsonSchema: undefined })).toThrow(
    expect.objectContaining({ hint: expect.stringContaining('--set stop-grace=value') as string }),
  )
  expect(read(['a', '--unset', 'x', '--set', 'y=1'], { jsonSchema: undefined, for: 'update' })).toEqual([
    'a',
    'y=1',
    'x',
  ])
})

test('the help shows each option once', () => {
  expect(() => read(['--help'])).toThrow(expect.objectContaining({ exitCode: 0 }))
  expect(printed).toContain('Options of the flavor test:')
  expect(printed).toMatch(/--use-spot \[true\|false\]/)
  expect(printed.match(/^ +--(?:use-?spot|no-use-spot)/gim)).toHaveLength(1)
  expect(printed.match(/--output/g)).toHaveLength(1)
})

test('a first look throws nothing, whatever the words are', () => {
  expect(firstLook(['gpu', '--flavor=local', '--output', 'json', '--x', '-h'])).toEqual({
    name: 'gpu',
    flavor: 'local',
    output: 'json',
    verbose: false,
    help: true,
  })
  for (const words of [[], ['--flavor'], ['--', '--flavor', 'x'], ['-'], ['--no-output'], ['--verbose=x'], ['--=']]) {
    expect(firstLook(words)).toMatchObject({ flavor: undefined, output: 'text' })
  }
})
