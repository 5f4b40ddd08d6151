import { join } from 'node:path'
import { stepOperatorConformance } from '@sidestep/conformance'
import { Stack } from '@sidestep/core'
import { PrefixStepOperator } from '../../../examples/custom-operator/src/prefix-step-operator.ts'
import { localArtifactStore } from '../src/index.ts'
const pattern = new RegExp(process.argv[2] ?? '.')
const tests = []
stepOperatorConformance({ test: (name, options, body) => tests.push({ name, options, body }), create: ({ folder }) =>
    new Stack({ name: 'here', artifactStore: localArtifactStore({ path: join(folder, 'store') }), stepOperators: { here: new PrefixStepOperator({ prefix: ['nice', '-n', '5'], folder: join(folder, 'jobs') }) } }) })
for (const { name, body } of tests) {
  if (!pattern.test(name)) continue
  const cpu = process.cpuUsage(); const t = performance.now()
  let ok = 'ok'
  try { await body() } catch (e) { ok = e.message }
  const c = process.cpuUsage(cpu)
  console.log(name, Math.round(performance.now() - t), 'ms; own cpu', Math.round((c.user + c.system) / 1000), ok)
}
