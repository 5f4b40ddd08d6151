import { Command } from 'commander'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { referenceOf } from '../src/command-reference.ts'
import { keyTable, typeText } from '../src/configuration.ts'
import { code, fenced, table } from '../src/markdown.ts'

test('has every command that the help shows, with what it prints', () => {
  const program = new Command('tool').description('does things')
  for (const family of ['stack', 'store']) {
    const parent = program.command(family).description(`all about a ${family}`)
    parent
      .command('add <name>')
      .option('--size <n>', 'how large')
      .addHelpText('after', `\nExamples:\n  $ tool ${family} add a`)
  }
  program.command('other').command('add <name>')
  program.command('secret', { hidden: true })
  const text = referenceOf(program)
  expect(text.match(/^## .*/gm)).toEqual([
    '## `tool`',
    '## `tool stack`',
    '## `tool stack add`',
    '## `tool store`',
    '## `tool other`',
    '## `tool other add`',
  ])
  expect(text).toMatch(/^Usage: tool stack add \[options\] <name>\n[^]*--size <n> +how large[^]*\$ tool stack add a$/m)
  expect(text).toContain('All about a store. Its commands take what those of [tool stack](#tool-stack) take.')
})

test('a table of keys has types, defaults, what is required, and what they mean', () => {
  const schema = {
    properties: {
      path: { type: 'string', description: 'Where.' },
      mode: { enum: ['a', 'b'], default: 'a' },
      token: { type: 'string', secret: true },
      sizes: { type: 'array', items: { anyOf: [{ type: 'integer' }, { type: 'string' }] } },
    },
    required: ['path', 'mode'],
  }
  expect(keyTable(schema, 'none').split('\n').slice(2)).toEqual([
    '| `path` | string | required | Where. |',
    '| `mode` | `"a"` `"b"` | `"a"` |  |',
    '| `token` | string |  | Secret: give it as `${env:NAME}`. |',
    '| `sizes` | list of integer or string |  |  |',
  ])
  expect(keyTable({ type: 'object' }, 'none')).toBe('none')
  expect(typeText({})).toBe('any')
})

test('whatever a cell holds, it stays one cell of one line', () => {
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom('`', '|', '\n', 'a', ' ') }), (text) => {
      const lines = table(['head'], [[code(text)]]).split('\n')
      expect(lines).toHaveLength(3)
      expect(lines[2]?.slice(1, -1).replaceAll('\\|', '')).not.toContain('|')
    }),
  )
})

test('a fence is not ended by what it holds', () => {
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom('`', '\n', 'a') }), (text) => {
      const [first = '', ...lines] = fenced(text, 'text').split('\n')
      const fence = first.slice(0, -'text'.length)
      expect(lines.findIndex((line) => line.startsWith(fence))).toBe(lines.length - 1)
    }),
  )
})
