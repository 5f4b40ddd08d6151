import stringWidth from 'string-width'
import { expect, test } from 'vitest'
import { configError, type KnownFlavor } from '@sidestep/core/project'
import { configText, valueText } from '../src/view/config-text.ts'
import { COMPONENT_KINDS, type ComponentKind } from '../src/components/component-kind.ts'
import { flavorText } from '../src/view/flavors-description.ts'
import { flavorsTable } from '../src/view/flavors-list.ts'
import { plain } from '../src/view/style.ts'

const FLAVORS: readonly KnownFlavor[] = [
  {
    type: 'step_operator',
    flavor: 'local',
    integration: 'local',
    version: '1.2.3',
    source: '@sidestep/local',
    state: 'installed',
  },
  {
    type: 'step_operator',
    flavor: 'far',
    integration: 'far',
    source: '@example/far',
    state: 'missing',
    install: 'npm install @example/far',
  },
  {
    type: 'step_operator',
    flavor: 'bad\u001B[31m',
    source: `./${'long/'.repeat(30)}bad.ts#Bad`,
    state: 'damaged',
    problem: configError('FLAVOR_INVALID', 'it has no launch()', 'Write one.'),
  },
]

test('below a flavor that cannot be used stands what to do; nothing is cut in a pipe', () => {
  expect(flavorsTable(FLAVORS.slice(0, 2), { style: plain, columns: undefined })).toEqual([
    'flavor  integration  version  source           state',
    'local   local        1.2.3    @sidestep/local  installed',
    'far     far                   @example/far     not installed',
    '  npm install @example/far',
  ])
  const lines = flavorsTable(FLAVORS, { style: plain, columns: undefined })
  expect(lines.join('\n')).toContain('long/long/bad.ts#Bad')
  expect(lines.slice(-2)).toEqual(['  problem: it has no launch()', '  hint: Write one.'])
  expect(lines.join('')).not.toContain('\u001B')
})

test('on a terminal a table fits', () => {
  const lines = flavorsTable(FLAVORS, { style: plain, columns: 80 })
  expect(lines.join('\n')).toContain('…')
  for (const line of lines) expect(stringWidth(line)).toBeLessThanOrEqual(80)
})

test('on a narrow terminal a list has blocks, and no name is cut', () => {
  const name = 'a_flavor_with_a_long_name'
  const lines = flavorsTable([{ ...FLAVORS[0]!, flavor: name }, FLAVORS[1]!], { style: plain, columns: 40 })
  expect(lines).toEqual([
    name,
    '  integration  local',
    '  version      1.2.3',
    '  source       @sidestep/local',
    '  state        installed',
    'far',
    '  integration  far',
    '  source       @example/far',
    '  state        not installed',
    '  npm install @example/far',
  ])
})

test('descriptions of keys are wrapped, and whole', () => {
  const description = Array.from({ length: 30 }, (_, index) => `word${index}`).join(' ')
  const lines = flavorText(
    COMPONENT_KINDS[0] as ComponentKind,
    FLAVORS[0] as KnownFlavor,
    {
      config: { type: 'object', properties: { someKey: { type: 'string', description } }, required: ['someKey'] },
      settings: {},
    },
    { style: plain, columns: 60 },
  )
  for (const line of lines) expect(stringWidth(line)).toBeLessThanOrEqual(60)
  const text = lines.join(' ').replaceAll(/\s+/g, ' ')
  expect(text).toContain(description)
  expect(text).toContain('someKey string required word0')
  expect(text).toContain("settings['step_operator.local'] nothing can be set")
})

test('a value is shown so that it can be told from another', () => {
  expect(configText({ a: 1, b: '1', c: 'text', d: ['x'], e: '', f: 'true', g: true })).toBe(
    'a: 1, b: "1", c: text, d: ["x"], e: "", f: "true", g: true',
  )
  expect(valueText('two\nlines')).toBe('"two\\nlines"')
  expect(valueText('${env:NAME}')).toBe('${env:NAME}')
})
