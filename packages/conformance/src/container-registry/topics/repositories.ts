import assert from 'node:assert/strict'

import type { ContainerRegistry } from '@sidestep/core'

import { described, settled } from '../../waiting.ts'
import { RegistryProbe } from '../registry-probe.ts'
import { never, type ContainerRegistrySubject, type RegistryCheck } from '../subject.ts'

const AT_ONCE = 5

/** Where images lie. */
export const repositoryChecks: readonly RegistryCheck[] = [
  {
    name: 'an image that is pushed to a repository just made is pulled by another process',
    run: async (subject) => {
      const [registry, other] = [await subject.open(), await subject.open()]
      const repository = below(registry, `${subject.place.name}/steps`)
      await make(registry, repository)
      const text = `the image of ${subject.place.name}`
      await (await probe(registry, subject)).push(repository, 'first', text)
      const pulled = await (await probe(other, subject)).pull(repository, 'first')
      assert.equal(
        pulled,
        text,
        `${repository}:first holds ${JSON.stringify(pulled)} and was pushed with another layer`,
      )
    },
  },
  {
    name: 'making a repository again is nothing: what lies there stays',
    run: async (subject) => {
      const [registry, other] = [await subject.open(), await subject.open()]
      const repository = below(registry, `${subject.place.name}/again`)
      await make(registry, repository)
      await (await probe(registry, subject)).push(repository, 'kept', 'some text')
      for (const instance of [registry, other, registry]) await make(instance, repository)
      const pulled = await (await probe(other, subject)).pull(repository, 'kept')
      assert.equal(pulled, 'some text', 'createRepository() of one that is there has changed an image in it')
    },
  },
  {
    name: 'a repository may be made by several processes at once',
    run: async (subject) => {
      const registries = await Promise.all(Array.from({ length: AT_ONCE }, subject.open))
      const repository = below(registries[0]!, `${subject.place.name}/at-once`)
      await Promise.all(registries.map(async (registry) => make(registry, repository)))
      const there = await probe(registries[0]!, subject)
      await there.push(repository, 'latest', 'some text')
      assert.equal(await there.pull(repository, 'latest'), 'some text')
    },
  },
  {
    name: 'names of repositories may have all that the specification allows',
    run: async (subject) => {
      const registry = await subject.open()
      const there = await probe(registry, subject)
      for (const name of ['a', '0', 'a.b', 'a_b', 'a__b', 'a-b', 'a--b', 'deep/er/still', 'a'.repeat(100)]) {
        const repository = below(registry, `${subject.place.name}/${name}`)
        await make(registry, repository)
        await there.push(repository, 'v1.0_a-B', name)
        const pulled = await there.pull(repository, 'v1.0_a-B')
        assert.equal(pulled, name, `${repository} holds the image of another repository`)
      }
    },
  },
]

/** The full path in the registry, as `createRepository` takes it. */
function below({ uri }: ContainerRegistry, name: string): string {
  return [...uri.split('/').slice(1), name].join('/')
}

async function make(registry: ContainerRegistry, repository: string): Promise<void> {
  const end = await settled(registry.createRepository(repository, { signal: never() }))
  assert.ok(
    !end.failed,
    `createRepository('${repository}') failed with ${described(end.failed && end.error)}: that it is there already, or is being made, is success`,
  )
}

async function probe(registry: ContainerRegistry, { dockerLogin }: ContainerRegistrySubject): Promise<RegistryProbe> {
  return new RegistryProbe(registry.uri, (await registry.login({ signal: never() })) ?? dockerLogin)
}
