import { join } from 'node:path'
import { readdir, readFile } from 'node:fs/promises'
import { subscribe } from 'node:diagnostics_channel'
import { openRuns } from '@sidestep/core'
import { test } from 'vitest'
import { killedAt } from './support/elsewhere.ts'
import { temporaryHome } from './support/runs.ts'
test('x', async () => {
  const home = await temporaryHome()
  await killedAt('7.observe:after', 'broken-off', { evidence: join(home.path,'e'), gate: join(home.path, 'gate') })
  await using runs = await openRuns()
  subscribe('sidestep:launch', (e) => console.log((e as any).point))
  setTimeout(async () => { console.log(await readdir(home.path, { recursive: true }).then(x=>x.filter(y=>!y.includes('compile-cache')).join('\n'))) ; for (const j of await readdir(join(home.path,'jobs'))) for (const f of ['exit.json','phases.jsonl','job.json']) console.log(await readFile(join(home.path,'jobs',j,f),'utf8').catch(String))}, 6000)
  await runs.cancel('broken-off', { signal: AbortSignal.timeout(8000), onEvent: (t) => console.log(t) })
}, 20000)
