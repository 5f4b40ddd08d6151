import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { SidestepError } from '../../src/errors.ts'
import { isFilePath, parseSourcePath, splitSpecifier } from '../../src/flavor/source-path.ts'

describe('a source path', () => {
  it.each([
    ['./src/my-operator.ts#MyStepOperator', './src/my-operator.ts', 'MyStepOperator'],
    ['../common/a#b.ts#default', '../common/a#b.ts', 'default'],
    ['./with space/ü.mjs#$größe', './with space/ü.mjs', '$größe'],
    ['my-package#Bench', 'my-package', 'Bench'],
    ['@them/flavors/sub/path.js#bench', '@them/flavors/sub/path.js', 'bench'],
    ['socket.io#a', 'socket.io', 'a'],
  ])('%s names a module and an export', (text, module, name) => {
    expect(parseSourcePath(text)).toEqual({ module, export: name })
  })

  it.each([
    ['', 'it has no #'],
    ['./a.ts', 'it has no #'],
    ['./a.ts#', 'no export after its #'],
    ['#Bench', 'no module before its #'],
    ['./a.ts#my-class', '"my-class" as the export'],
    ['./a.ts#1', '"1" as the export'],
    ['/abs/a.ts#A', 'an absolute path'],
    ['C:/abs/a.ts#A', 'is an absolute path'],
    ['file:///a.ts#A', 'is a URL'],
    ['node:fs#A', 'is a URL'],
    ['.\\src\\a.ts#A', 'has a backslash'],
    ['./src/#A', 'names a folder'],
    ['.hidden#A', 'begins with `./`'],
    ['@them#A', 'no name of a package'],
    ['pkg/../../etc#A', 'no subpath of a package'],
    ['pkg//a#A', 'no subpath of a package'],
    ['./a\u0000.ts#A', 'no path has'],
    [`./${'a'.repeat(2_000)}.ts#A`, 'more than 1000'],
  ])('%j is none', (text, why) => {
    expect(() => parseSourcePath(text)).toThrow(
      expect.objectContaining({
        code: 'FLAVOR_INVALID',
        message: expect.stringContaining(why),
        hint: expect.stringMatching(/\.\/src\/my-operator\.ts#MyStepOperator.*my-package#MyStepOperator/),
      }),
    )
  })

  it('is understood or refused, whatever the text', () => {
    const piece = fc.oneof(
      fc.constantFrom('#', './', '../', '/', '@', 'a', 'A.ts', '\\', ':', '..'),
      fc.string({ unit: 'binary' }),
    )
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 8 }), (pieces) => {
        const text = pieces.join('')
        try {
          const { module, export: name } = parseSourcePath(text)
          expect(`${module}#${name}`).toBe(text)
          expect(name).toMatch(/^[\p{ID_Start}$_][\p{ID_Continue}$]*$/u)
          expect(module.startsWith('/')).toBe(false)
          if (isFilePath(module)) return
          const { name: packageName, subpath } = splitSpecifier(module)
          expect(`${packageName}${subpath.slice(1)}`).toBe(module)
          expect(subpath.split('/').slice(1)).not.toContain('..')
        } catch (error) {
          if (!SidestepError.isInstance(error)) throw error
          expect(error.code).toBe('FLAVOR_INVALID')
          expect(error.message).not.toMatch(/\p{Cc}/u)
        }
      }),
      { numRuns: 400 },
    )
  })
})
