import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { exportTarget, staysInPackage } from '../../src/flavor/package-exports.ts'

describe('the target of a subpath', () => {
  it.each([
    ['a null of a condition ends the search', { '.': { import: null, default: './x.js' } }, '.', undefined],
    ['a condition that is not met does not', { '.': { require: null, default: './x.js' } }, '.', './x.js'],
    [
      'nor one inside of which none is met',
      { '.': { import: { types: './x.d.ts' }, default: './x.js' } },
      '.',
      './x.js',
    ],
    ['in a list, the next one counts', { '.': [null, { types: './x.d.ts' }, './x.js'] }, '.', './x.js'],
    ['in a list, a wrong one is passed over', { '.': ['../x.js', './y.js'] }, '.', './y.js'],
    ['a null takes a part out of a pattern', { './*': './dist/*.js', './internal/*': null }, './internal/a', undefined],
    ['the longest pattern counts', { './*': './dist/*.js', './ops/*': './o/*.js' }, './ops/a', './o/a.js'],
    ['nothing leaves the package', { './*': './dist/*' }, './../../x.js', undefined],
    ['nor by way of the target', { '.': './../x.js' }, '.', undefined],
    ['nor into its own node_modules', { '.': './node_modules/x/i.js' }, '.', undefined],
    ['nor by an escape', { '.': './%2e%2E/x.js' }, '.', undefined],
  ])('%s', (_what, exports, subpath, target) => {
    expect(exportTarget(exports, subpath)).toBe(target)
  })

  it('lies in the package, whatever is asked for', () => {
    const part = fc.constantFrom('..', '.', 'a', '%2e%2e', '\\', 'node_modules', '%2F', '')
    fc.assert(
      fc.property(fc.array(part, { maxLength: 6 }), (parts) => {
        const path = exportTarget({ './*': './dist/*' }, `./${parts.join('/')}`)
        if (path === undefined) return
        expect(staysInPackage(path)).toBe(true)
        expect(new URL(path.replaceAll('\\', '/'), 'file:///package/').pathname).toMatch(/^\/package\/dist\//)
      }),
    )
  })
})
