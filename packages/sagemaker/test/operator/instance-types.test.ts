import { parseMemory, type Memory, type ResourceSettings } from '@sidestep/core'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { alternativesIn, chooseInstanceType, type InstanceChoice } from '../../src/operator/choose-instance-type.ts'
import { gpuTypes, isGpuType } from '../../src/operator/gpu-types.ts'
import { INSTANCE_TYPES } from '../../src/operator/instance-types.ts'
import { LIMITS } from '../../src/operator/limits.ts'
import { thrown } from './job-to-prepare.ts'

function choice(resources: ResourceSettings, parts: Partial<InstanceChoice> = {}): InstanceChoice {
  return { stepName: 'train', resources, alternative: 0, settings: {}, config: {}, ...parts }
}

describe('the catalogue of instance types', () => {
  it('has only names that SageMaker takes for training jobs', () => {
    const shape = LIMITS['TrainingInstanceType']
    const known = shape?.type === 'string' ? (shape.enum ?? []) : []
    expect(Object.keys(INSTANCE_TYPES).filter((type) => !known.includes(type))).toEqual([])
  })

  it.each([
    ['nvidia l4', 'L4', true],
    ['A100', 'A100-40', true],
    ['A100', 'A100-80', true],
    ['A100-80GB', 'A100-80', true],
    ['RTX PRO 6000', 'RTX6000', true],
    ['A10', 'A10G', false],
    ['L4', 'L40S', false],
    ['Trainium', 'Trainium2', false],
  ])('%s for %s: %s', (asked, there, same) => {
    expect(isGpuType(asked, there)).toBe(same)
  })
})

// ZenML on SageMaker ignores resource settings with a warning: a step gets ml.m5.large whatever it asks for.
describe('resources become an instance type', () => {
  it.each<[ResourceSettings, string]>([
    [{}, 'ml.m5.large'],
    [{ gpuCount: 0 }, 'ml.m5.large'],
    [{ instanceCount: 3 }, 'ml.m5.large'],
    [{ cpuCount: 1 }, 'ml.c7i.large'],
    [{ cpuCount: 4 }, 'ml.c7i.xlarge'],
    [{ memory: '1GiB' }, 'ml.c7i.large'],
    // 8 GiB of 8 would leave nothing to the system.
    [{ memory: '7GiB' }, 'ml.m5.large'],
    [{ memory: '8GiB' }, 'ml.r7i.large'],
    [{ cpuCount: 8, memory: '100GB' }, 'ml.r7i.4xlarge'],
    [{ gpuCount: 1 }, 'ml.g4dn.xlarge'],
    [{ gpuType: 'L4' }, 'ml.g6.xlarge'],
    [{ gpuCount: 1, gpuType: 'L4', cpuCount: 8, memory: '28GiB' }, 'ml.g6.2xlarge'],
    [{ gpuCount: 1, gpuType: 'L4', cpuCount: 8, memory: '32GiB' }, 'ml.g6.4xlarge'],
    [{ gpuCount: 4, gpuType: 'a10g' }, 'ml.g5.12xlarge'],
    [{ gpuCount: 1, gpuType: 'H100' }, 'ml.p5.4xlarge'],
    [{ gpuCount: 1, gpuType: 'A100' }, 'ml.p4d.24xlarge'],
    [{ gpuCount: 8, gpuType: 'A100-80' }, 'ml.p4de.24xlarge'],
    [{ gpuType: 'Trainium' }, 'ml.trn1.32xlarge'],
  ])('%o: %s', (resources, type) => {
    expect(chooseInstanceType(choice(resources)).type).toBe(type)
  })

  it('says that more GPUs come than were asked for', () => {
    expect(chooseInstanceType(choice({ gpuCount: 1, gpuType: 'A100' })).why).toContain(
      'none has fewer GPUs of the kind than 8',
    )
  })

  it('that have all of what is asked for, and nothing smaller does', () => {
    const resources = fc.record(
      {
        cpuCount: fc.integer({ min: 1, max: 192 }),
        memory: fc.integer({ min: 1, max: 1_300 }).map((amount): Memory => `${amount}GiB`),
        gpuCount: fc.integer({ min: 0, max: 8 }),
      },
      { requiredKeys: [] },
    )
    fc.assert(
      fc.property(resources, (asked) => {
        const given = Object.fromEntries(
          Object.entries(asked).filter(([, value]) => value !== undefined),
        ) as ResourceSettings
        const { type } = chooseInstanceType(choice(given))
        const found = INSTANCE_TYPES[type]
        expect(found?.cpuCount).toBeGreaterThanOrEqual(given.cpuCount ?? 0)
        expect((found?.memoryGiB ?? 0) * 0.9 + 1e-9).toBeGreaterThanOrEqual(
          given.memory === undefined ? 0 : parseMemory(given.memory) / 2 ** 30,
        )
        expect(found?.gpuCount ?? 0).toBeGreaterThanOrEqual(given.gpuCount ?? 0)
        if ((given.gpuCount ?? 0) === 0) expect(found?.gpuCount).toBe(undefined)
      }),
    )
  })

  it.each<[ResourceSettings, RegExp, RegExp]>([
    [{ cpuCount: 500 }, /cpuCount 500/, /ml\.m7i\.48xlarge \(192 vCPU/],
    [{ memory: '9TiB' }, /memory 9TiB/, /ml\.r7i\.48xlarge/],
    [{ gpuCount: 16, gpuType: 'L4' }, /gpuCount 16, gpuType L4/, /ml\.g6\.48xlarge \(192 vCPU, 768 GiB, 8 L4\)/],
    [{ gpuType: 'L44' }, /gpuType L44/, /Did you mean L4\?/],
    [{ gpuType: 'conformance-no-such-gpu' }, /no-such-gpu/, /There is: T4, A10G, L4/],
  ])('%o: nothing has that, and what comes nearest is named', (resources, message, hint) => {
    expect(thrown(() => chooseInstanceType(choice(resources)))).toMatchObject({
      code: 'RESOURCES_UNAVAILABLE',
      kind: 'config',
      message: expect.stringMatching(message) as string,
      hint: expect.stringMatching(hint) as string,
    })
  })
})

describe('a type that is named', () => {
  it('wins', () => {
    const settings = { instanceType: 'ml.g5.12xlarge' }
    expect(chooseInstanceType(choice({ gpuCount: 1 }, { settings }))).toEqual({
      type: 'ml.g5.12xlarge',
      why: 'the step names it',
    })
  })

  it('wins over that of the operator, which wins over ours', () => {
    const config = { defaultInstanceType: 'ml.t3.medium' }
    expect(chooseInstanceType(choice({}, { config })).type).toBe('ml.t3.medium')
    expect(chooseInstanceType(choice({}, { config, settings: { instanceType: 'ml.c5.xlarge' } })).type).toBe(
      'ml.c5.xlarge',
    )
    expect(chooseInstanceType(choice({ cpuCount: 4 }, { config })).type).toBe('ml.c7i.xlarge')
  })

  it('is one of several, by the attempt', () => {
    const settings = { instanceTypes: ['ml.g6.xlarge', 'ml.g5.xlarge', 'ml.g4dn.xlarge'] }
    expect([0, 1, 2, 3].map((alternative) => chooseInstanceType(choice({}, { settings, alternative })).type)).toEqual([
      ...settings.instanceTypes,
      'ml.g6.xlarge',
    ])
    expect(alternativesIn(settings)).toBe(3)
    expect(alternativesIn({})).toBe(1)
  })

  it('has what the step asks for, each of several, before the first is tried', () => {
    const settings = { instanceTypes: ['ml.g6.xlarge', 'ml.m5.large'] }
    expect(thrown(() => chooseInstanceType(choice({ gpuCount: 1 }, { settings })))).toMatchObject({
      code: 'RESOURCES_UNAVAILABLE',
      message: 'the step train names ml.m5.large, which has 2 vCPU, 8 GiB, and asks for gpuCount 1',
    })
  })

  it('may be one that only the service knows', () => {
    // In its list, and not in our catalogue.
    expect(chooseInstanceType(choice({ cpuCount: 4 }, { settings: { instanceType: 'ml.m6i.xlarge' } })).type).toBe(
      'ml.m6i.xlarge',
    )
    expect(gpuTypes()).toContain('H200')
  })
})
