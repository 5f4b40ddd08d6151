import type { StandardSchemaV1 } from '@standard-schema/spec'

import type { StackComponentType } from '../stack/component.ts'
import type { ComponentClass } from './check-flavor-class.ts'
import { makeFlavor, type Flavor } from './define-flavor.ts'

/**
 * A component class as a flavor.
 *
 * @param source path or file URL of the module that exports the class
 */
export function flavorOfClass(component: ComponentClass, source: string): Flavor<StackComponentType, object> {
  const { TYPE, FLAVOR, CONFIG_SCHEMA } = component
  const { SETTINGS_SCHEMA } = component as { readonly SETTINGS_SCHEMA?: StandardSchemaV1 }
  return makeFlavor<StackComponentType, object>(
    {
      type: TYPE,
      flavor: FLAVOR,
      configSchema: async () => CONFIG_SCHEMA,
      ...(SETTINGS_SCHEMA === undefined ? {} : { settingsSchema: async () => SETTINGS_SCHEMA }),
      load: async () => component,
    },
    source,
  )
}
