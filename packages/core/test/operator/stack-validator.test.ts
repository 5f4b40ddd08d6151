import { expect, onTestFinished, test, vi } from 'vitest'
import * as z from 'zod'

import { configError } from '../../src/errors.ts'
import { defineFlavor } from '../../src/flavor/define-flavor.ts'
import { StackValidator } from '../../src/operator/stack-validator.ts'
import { StackComponent, type ComponentLocation, type ComponentRef, type Problem } from '../../src/stack/component.ts'
import { Stack, type StackOptions } from '../../src/stack/stack.ts'
import { FolderStore } from '../support/folder-store.ts'
import { SmallOperator, type SmallConfig } from '../support/small-operator.ts'

class Builder extends StackComponent {
  static override readonly TYPE = 'image_builder'
  static override readonly FLAVOR = 'builder'
}

class HereStore extends FolderStore {
  override get location(): ComponentLocation {
    return { cloud: 'local' }
  }
}

async function problemsOf(options: Partial<StackOptions>): Promise<(readonly [string | undefined, string, string])[]> {
  const stack = new Stack({
    name: 'mine',
    artifactStore: new FolderStore({ folder: '/nowhere' }),
    stepOperators: { small: new SmallOperator({}) },
    ...options,
  })
  return (await new StackValidator(stack).validate()).map(({ path, message, hint }) => [path, message, hint])
}

const small = (config: SmallConfig): Partial<StackOptions> => ({ stepOperators: { small: new SmallOperator(config) } })

test('a stack that is right has no problems', async () => {
  expect(await problemsOf({})).toEqual([])
})

test('one component that does not load does not keep the others from being looked at', async () => {
  const strict = defineFlavor({
    type: 'step_operator',
    flavor: 'strict',
    configSchema: async () => z.strictObject({ region: z.string() }),
    load: async () => SmallOperator,
  })
  const artifactStore: ComponentRef<'artifact_store'> = {
    type: 'artifact_store',
    flavor: 'away',
    config: {},
    load: async () => {
      throw new Error('the SDK is not installed')
    },
  }
  const containerRegistry: ComponentRef<'container_registry'> = {
    type: 'container_registry',
    flavor: 'closed',
    config: {},
    load: async () => {
      throw configError('COMPONENT_INVALID', 'the registry is closed', 'Open it.')
    },
  }
  const images = new SmallOperator({ capabilities: { image: 'required' } })
  expect(
    await problemsOf({ artifactStore, containerRegistry, stepOperators: { gpu: strict({} as never), images } }),
  ).toEqual([
    ['artifactStore', 'it does not load: the SDK is not installed', expect.any(String)],
    ['containerRegistry', 'the registry is closed', 'Open it.'],
    ['stepOperators.gpu', expect.stringContaining('region'), expect.any(String)],
    // A registry that does not load is there nevertheless.
    ['imageBuilder', expect.stringContaining('has no image builder'), expect.any(String)],
  ])
})

test('what an operator says and throws shows references in the place of what came from the environment', async () => {
  vi.stubEnv('SMALL_TOKEN', 'hunter2-and-more')
  onTestFinished(() => void vi.unstubAllEnvs())
  class Telling extends SmallOperator {
    get #token(): string {
      return (this.config as { readonly token?: string }).token ?? ''
    }
    override get location(): ComponentLocation {
      throw new Error(`no region for ${this.#token}`)
    }
    override validate(): readonly Problem[] {
      return [{ message: `${this.#token} is refused`, hint: `Another one than ${this.#token}.` }]
    }
  }
  class Throwing extends Telling {
    override validate(): readonly Problem[] {
      throw new Error(this.validateMessage())
    }
    validateMessage(): string {
      return super
        .validate()
        .map(({ message }) => message)
        .join()
    }
  }
  const flavorOfClass = (component: typeof Telling) =>
    defineFlavor({
      type: 'step_operator',
      flavor: 'small',
      configSchema: async () => z.looseObject({}),
      load: async () => component,
    })
  const config = { token: '${env:SMALL_TOKEN}' }
  const shown = await problemsOf({
    stepOperators: { tells: flavorOfClass(Telling)(config), throws: flavorOfClass(Throwing)(config) },
  })
  expect(shown.map(([, message]) => message)).toEqual([
    'the location of small cannot be read: no region for ${env:SMALL_TOKEN}',
    'the location of small cannot be read: no region for ${env:SMALL_TOKEN}',
    '${env:SMALL_TOKEN} is refused',
    'validate() of the step operator small fails: ${env:SMALL_TOKEN} is refused',
  ])
  expect(JSON.stringify(shown)).not.toContain('hunter2')
})

test('places come from the components', async () => {
  const remote = { location: { cloud: 'aws', region: 'eu-west-1' } }
  const artifactStore = new HereStore({ folder: '/nowhere' })
  const local: ComponentLocation = { cloud: 'local' }
  expect(await problemsOf({ artifactStore, ...small(remote) })).toEqual([
    ['artifactStore', expect.stringContaining('on this machine'), expect.stringContaining('aws eu-west-1')],
  ])
  expect(await problemsOf({ artifactStore, ...small({ location: local }) })).toEqual([])
  expect(await problemsOf({ artifactStore, ...small({}) })).toEqual([])
  expect(await problemsOf(small({ location: { region: 'x' } as unknown as ComponentLocation }))).toEqual([
    ['stepOperators.small.location', 'the location of small is none', expect.any(String)],
  ])
})

test('what an operator says itself has its place, and a validate() that fails is a problem', async () => {
  const says = (path?: string): SmallConfig => ({
    problems: (stack) => [{ message: `no ${stack.name}`, hint: 'Do.', ...(path === undefined ? {} : { path }) }],
  })
  expect(await problemsOf(small(says()))).toEqual([['stepOperators.small', 'no mine', 'Do.']])
  expect(await problemsOf(small(says('region')))).toEqual([['stepOperators.small.region', 'no mine', 'Do.']])
  expect(await problemsOf(small(says('artifactStore.uri')))).toEqual([['artifactStore.uri', 'no mine', 'Do.']])
  const throws = (): never => {
    throw new TypeError('cannot read it')
  }
  expect(await problemsOf(small({ problems: throws }))).toEqual([
    ['stepOperators.small', 'validate() of the step operator small fails: cannot read it', expect.any(String)],
  ])
  expect(await problemsOf(small({ problems: () => 'wrong' as never }))).toEqual([
    ['stepOperators.small', 'validate() of the step operator small returns no list of problems', expect.any(String)],
  ])
  // A rejection that nobody listens to would end the process.
  const later = (): never => Promise.reject(new Error('later')) as never
  expect(await problemsOf(small({ problems: later }))).toEqual([
    ['stepOperators.small', expect.stringContaining('returns a promise'), expect.any(String)],
  ])
})

test.each([
  ['image', 'sometimes', `'required' or 'none'`],
  ['adopt', 1, 'true or false'],
  ['logs', undefined, 'true or false'],
  ['cancel', 'yes', 'true or false'],
  ['multiNode', null, 'true or false'],
  ['resources', ['memory', 'disk'], 'a list of cpuCount, memory, gpuCount, gpuType, instanceCount'],
] as const)('a capability of a wrong shape is named: %s', async (name, value, wanted) => {
  expect(await problemsOf(small({ capabilities: { [name]: value } }))).toEqual([
    [
      `stepOperators.small.capabilities.${name}`,
      `the step operator SmallOperator (small) does not declare ${name} as ${wanted}`,
      expect.any(String),
    ],
  ])
})

test('what only looks like a component of its type is a problem', async () => {
  class Bare extends StackComponent {
    static override readonly TYPE = 'step_operator'
    static override readonly FLAVOR = 'bare'
    readonly capabilities = {}
    async launch(): Promise<void> {}
  }
  class Stuff extends StackComponent {
    static override readonly TYPE = 'artifact_store'
    static override readonly FLAVOR = 'stuff'
  }
  const artifactStore = new Stuff({})
  const wrong: ComponentRef<'container_registry'> = {
    type: 'container_registry',
    flavor: 'wrong',
    config: {},
    load: async () => new Builder({}),
  }
  expect(await problemsOf({ artifactStore, containerRegistry: wrong, stepOperators: { bare: new Bare({}) } })).toEqual([
    ['artifactStore', 'the artifact store stuff does not extend ArtifactStore', expect.any(String)],
    ['containerRegistry', 'builder is an image builder, not a container registry', expect.any(String)],
    ['stepOperators.bare', 'the step operator bare does not extend BaseStepOperator', expect.any(String)],
  ])
})
