import fc from 'fast-check'
import { expect, test } from 'vitest'
import { fillSections } from '../src/sections.ts'

const page = [
  '# Page',
  '<!-- begin of what is generated: a -->',
  'old',
  '<!-- end of what is generated: a -->',
  'end',
].join('\n')

test('replaces what stands between the markers, and nothing else', () => {
  expect(fillSections(page, { a: 'new' }).split('\n')).toEqual([
    '# Page',
    '<!-- begin of what is generated: a -->',
    '',
    'new',
    '',
    '<!-- end of what is generated: a -->',
    'end',
  ])
})

test('doing it again changes nothing', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (content) => {
      fc.pre(!content.includes('<!--'))
      const once = fillSections(page, { a: content })
      expect(fillSections(once, { a: content })).toBe(once)
    }),
  )
})

test.each([
  ['a section that is not generated', page, {}, 'nothing is generated for the section a'],
  ['a generated section that the page does not have', page, { a: '', b: '' }, 'the page has no section b'],
  ['a beginning without an end', page.replace(/<!-- end.*/, ''), { a: '' }, 'the section a has no end'],
  ['an end without a beginning', page.replace(/<!-- begin.*/, ''), { a: '' }, 'does not fit'],
  [
    'a section in a section',
    page.replace('old', '<!-- begin of what is generated: b -->'),
    { a: '', b: '' },
    'does not fit',
  ],
])('refuses %s', (_name, text, sections, message) => {
  expect(() => fillSections(text, sections)).toThrow(message)
})
