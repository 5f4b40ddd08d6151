import { join } from 'node:path'
import { stepOperatorConformance } from '@sidestep/conformance'
import { Stack } from '@sidestep/core'
import { local, localArtifactStore } from '../src/index.ts'
const pattern = new RegExp(process.argv[2] ?? '.')
const tests = []
stepOperatorConformance({ test: (name, options, body) => tests.push({ name, options, body }), create: ({ folder }) =>
    new Stack({ name: 'here', artifactStore: localArtifactStore({ path: join(folder, 'store') }), stepOperators: { here: local({}) } }) })
for (const { name, body } of tests) {
  if (!pattern.test(name)) continue
  const cpu = process.cpuUsage(); const t = performance.now()
  let ok = 'ok'
  try { await body() } catch (e) { ok = e.message }
  const c = process.cpuUsage(cpu)
  console.log(name, Math.round(performance.now() - t), 'ms; own cpu', Math.round((c.user + c.system) / 1000), ok)
}
