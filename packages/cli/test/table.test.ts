import { stripVTControlCharacters } from 'node:util'
import fc from 'fast-check'
import stringWidth from 'string-width'
import { expect, test } from 'vitest'
import { fitRows, tableRows } from '../src/view/table.ts'

const ROWS = [
  ['stack', 'components', 'state'],
  ['prod', 'a very long list of many components', '\u001B[32mactive\u001B[39m'],
]

test('cuts the widest column, and only as far as it must', () => {
  const lines = tableRows(fitRows(ROWS, 30)).flat()
  expect(lines[1]).toBe('prod   a very long li…  \u001B[32mactive\u001B[39m')
  expect(lines.map((line) => stringWidth(line)).every((width) => width <= 30)).toBe(true)
})

test('in a pipe, and where there is room, nothing is cut', () => {
  expect(fitRows(ROWS, undefined)).toBe(ROWS)
  expect(fitRows(ROWS, 200)).toBe(ROWS)
})

test('keeps the colour around a text that it cuts, and cuts every line of a cell', () => {
  const [row = []] = fitRows([['\u001B[31mdamaged beyond repair\u001B[39m', ['one line of text', 'short']]], 20)
  const [text = ''] = row
  expect(String(text).startsWith('\u001B[31mdam')).toBe(true)
  expect(String(text).endsWith('…\u001B[39m')).toBe(true)
  expect(row[1]).toEqual([expect.stringMatching(/…$/), 'short'])
})

test('whatever the cells are, the table fits, unless its columns are narrow already', () => {
  const cell = fc.string({ unit: 'grapheme', maxLength: 40 }).filter((text) => text === stripVTControlCharacters(text))
  const rows = fc.integer({ min: 1, max: 4 }).chain((width) =>
    fc.array(
      fc.array(
        cell.map((text) => text.replaceAll(/\p{Cc}/gu, '')),
        { minLength: width, maxLength: width },
      ),
      {
        minLength: 1,
        maxLength: 4,
      },
    ),
  )
  fc.assert(
    fc.property(rows, fc.integer({ min: 40, max: 100 }), (cells, columns) => {
      for (const line of tableRows(fitRows(cells, columns)).flat()) {
        expect(stringWidth(line)).toBeLessThanOrEqual(columns)
      }
    }),
  )
})

test('the column that names the rows is cut last', () => {
  const rows = [['a name of a certain length', 'more than there is room for', 'and more']]
  expect(tableRows(fitRows(rows, 50)).flat()).toEqual(['a name of a certain length  more than t…  and more'])
  expect(fitRows(rows, 30)[0]?.[0]).toBe('a name of a c…')
})
