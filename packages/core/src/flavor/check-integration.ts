import { messageOf } from '../errors.ts'
import { checkName } from '../stack/component-name.ts'
import { typeWords } from '../stack/component-type.ts'
import { isFlavor } from './define-flavor.ts'
import { isIntegration, type Integration } from './define-integration.ts'
import { flavorError } from './flavor-error.ts'

/** Throws a `FLAVOR_INVALID` error where the default export of a package's descriptor is no integration. */
export function checkIntegration(value: unknown, packageName: string): Integration {
  const fail = (what: string): Error =>
    flavorError(packageName, `is damaged: ${what}`, 'Report this to whoever publishes it.')
  // What CommonJS exports is inside of its default export.
  const inside: unknown = typeof value === 'object' && value !== null && 'default' in value ? value.default : value
  if (!isIntegration(inside)) throw fail('the default export of its descriptor is not what defineIntegration() returns')
  const { name, flavors } = inside as { readonly name: unknown; readonly flavors: unknown }
  if (typeof name !== 'string' || name === '') throw fail('its integration has no name')
  if (!Array.isArray(flavors)) throw fail('its integration has no list of flavors')
  const taken = new Set<string>()
  for (const flavor of flavors as readonly unknown[]) {
    if (!isFlavor(flavor)) throw fail('its integration lists something that defineFlavor() did not return')
    try {
      checkName('flavor', flavor.flavor)
    } catch (error) {
      throw fail(messageOf(error))
    }
    const key = `${flavor.type} ${flavor.flavor}`
    if (taken.has(key)) throw fail(`its integration lists the ${typeWords(flavor.type)} flavor ${flavor.flavor} twice`)
    taken.add(key)
  }
  return inside
}
