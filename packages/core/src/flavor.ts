// What an integration's descriptors are made of, for modules that must load without the rest of core.
export { COMPONENT_TYPES, type ComponentRef, type StackComponentType } from './stack/component.ts'
export { homeFolder, type HomeFolderOptions } from './stack/home-folder.ts'
export { defineFlavor, type Flavor, type FlavorDescription } from './flavor/define-flavor.ts'
export { defineIntegration, type Integration, type IntegrationDescription } from './flavor/define-integration.ts'
