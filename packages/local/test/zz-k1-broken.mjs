import { join } from 'node:path'
import { randomBytes } from 'node:crypto'
import { stepOperatorConformance } from '@sidestep/conformance'
import { Stack } from '@sidestep/core'
import { localArtifactStore } from '../src/index.ts'
import { LocalStepOperator } from '../src/operator/local-step-operator.ts'
import { PrefixStepOperator } from '../../../examples/custom-operator/src/prefix-step-operator.ts'
import { local } from '../src/index.ts'
const BROKEN = {
  'find finds nothing': (o) => { o.service.find = async function* () {} },
  'find ignores the run': (o) => { const f = o.service.find.bind(o.service); o.service.find = (q, ...r) => f(q.token ? { token: q.token } : {}, ...r) },
  'find cuts the nonce': (o) => { const f = o.service.find.bind(o.service); o.service.find = async function* (...r) { for await (const j of f(...r)) yield { ...j, nonce: j.nonce.slice(0, 16) } } },
  'makes a second job': (o) => { const s = o.service.submit.bind(o.service); let n = 0; o.service.submit = (r, p) => { n += 1; const token = randomBytes(16).toString('hex'); return s({ ...r, folder: join(r.folder, '..', token) }, { ...p, labels: { ...p.labels } }) } },
  'adopts any fingerprint': (o) => { const s = o.service.submit.bind(o.service); o.service.submit = async (r, p) => { try { return await s(r, p) } catch { return { id: p.labels.token, folder: r.folder } } } },
  'drops the nonce': (o) => { const s = o.service.submit.bind(o.service); o.service.submit = (r, p) => s(r, { ...p, nonce: 'a'.repeat(32) }) },
  'drops empty variables': (o) => { const p = o.service.prepare.bind(o.service); o.service.prepare = (j) => p({ ...j, environment: Object.fromEntries(Object.entries(j.environment).filter(([, v]) => v !== '')) }) },
  'resolves at once': (o) => { const l = o.launch.bind(o); o.launch = async (...a) => { l(...a).catch(() => undefined) } },
  'launches twice': (o) => { const l = o.launch.bind(o); o.launch = async (i, c, x) => { await l(i, c, x); } ; const s = o.service.submit.bind(o.service); o.service.submit = async (r, p) => { await s({ ...r, folder: r.folder + 'b' }, p); return s(r, p) } },
}
const pattern = new RegExp(process.argv[2] ?? '.')
for (const [name, damage] of Object.entries(BROKEN)) {
  if (!pattern.test(name)) continue
  const tests = []
  stepOperatorConformance({ test: (name, options, body) => tests.push({ name, options, body }), create: async ({ folder }) => {
      const o = await local({}).load(); damage(o)
      return new Stack({ name: 'here', artifactStore: localArtifactStore({ path: join(folder, 'store') }), stepOperators: { here: o } }) } })
  console.log('=====', name)
  await Promise.all([0]); 
  for (const { name, body } of tests) {
    if (process.argv[3] && !new RegExp(process.argv[3]).test(name)) continue
    const e = await Promise.race([body().then(() => undefined, (e) => e), new Promise((r) => setTimeout(r, 40000, new Error('TIMEOUT')))])
    if (e) console.log('  ✖', name, '\n      ', e.message.split('\n').slice(0, 1).join('\n').slice(0, 250), '\n      ', e.message.split('\n').slice(-2).join(' ').slice(0,300))
  }
}
process.exit(0)
