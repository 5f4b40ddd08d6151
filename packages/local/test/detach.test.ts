import { readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

import { expect, it, onTestFinished } from 'vitest'

import { readJson } from '../src/files/json-file.ts'
import { JobFolder } from '../src/job/job-folder.ts'
import type { ExitRecord } from '../src/job/job-record.ts'
import { detached } from './fixtures/detached.ts'
import { temporaryHome } from './support/runs.ts'
import { until } from './support/until.ts'

it('a job whose policy at a timeout is `detach` goes on when the launcher lets go of it', async () => {
  const home = await temporaryHome()
  onTestFinished(home.remove)
  const file = join(home.path, 'now')
  await expect(detached.run(file)).rejects.toMatchObject({
    message: expect.stringMatching(/run timeout of 200ms has passed; its job was left running/),
  })
  const [job = ''] = await readdir(join(home.path, 'jobs'))
  expect(await home.liveJobs()).toEqual([job])
  await writeFile(file, '')
  const folder = new JobFolder(join(home.path, 'jobs', job))
  expect(await until('the end of the job', () => readJson<ExitRecord>(folder.exit))).toMatchObject({
    reason: 'exited',
    exitCode: 0,
  })
  await until('the supervisor is gone', async () => (await home.liveJobs()).length === 0)
})
