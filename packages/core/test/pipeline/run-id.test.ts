import fc from 'fast-check'
import { expect, test } from 'vitest'
import { checkRunId, newRunId } from '../../src/pipeline/run-id.ts'

test('a new id is one', () => {
  const date = fc.date({ min: new Date('2000-01-01'), max: new Date('2100-01-01'), noInvalidDate: true })
  fc.assert(fc.property(date, (now) => checkRunId(newRunId(now)) !== ''))
})

test('any text is safe as a part of a path, a label and a host name, or refused in one harmless line', () => {
  const nearly = fc.string({
    unit: fc.constantFrom('a', '9', '-', '.', '/', '\\', '%', 'A', '\n', '\u001B'),
    maxLength: 70,
  })
  fc.assert(
    fc.property(fc.oneof(fc.string({ unit: 'binary' }), nearly, fc.constant('last')), (text) => {
      try {
        checkRunId(text)
      } catch (error) {
        expect(error).toMatchObject({
          code: 'CONFIG_INVALID',
          kind: 'config',
          hint: expect.stringContaining('An id has'),
        })
        expect((error as Error).message).not.toMatch(/\p{Cc}/u)
        return
      }
      expect(text).toMatch(/^[a-z0-9-]{1,63}$/)
      expect(text).not.toMatch(/^-|-$|^last$/)
    }),
  )
})
