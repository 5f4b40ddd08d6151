import { execFile } from 'node:child_process'
import { promisify } from 'node:util'

import { expect, test } from 'vitest'

/** Tells after each part which modules it has loaded. */
const PROGRAM = `
import { registerHooks } from 'node:module'
let loaded = []
registerHooks({ load: (url, context, next) => (loaded.push(url), next(url, context)) })
const told = []
const tell = () => (told.push(loaded), (loaded = []))
const { ecr, s3, sagemaker } = await import(process.argv[1])
await import(process.argv[2])
const place = { region: 'eu-west-1', endpoint: 'http://127.0.0.1:1' }
const component = sagemaker({ role: 'arn:aws:iam::123456789012:role/steps', ...place })
s3({ uri: 's3://lake', ...place })
ecr({ uri: '123456789012.dkr.ecr.eu-west-1.amazonaws.com' })
tell()
const operator = await component.load()
tell()
await operator.diagnose({ signal: AbortSignal.timeout(10000) })
tell()
console.log(JSON.stringify(told))
`

// cohere-python #593, airflow #29613: an import of the SDK made programs wait for seconds that never used it.
test('nothing of AWS is loaded before a component is used', async () => {
  const modules = ['../src/index.ts', '../src/integration.ts'].map((path) => new URL(path, import.meta.url).href)
  const args = ['--input-type=module', '--eval', PROGRAM, ...modules]
  const { stdout } = await promisify(execFile)(process.execPath, args, { env: { ...process.env, NODE_OPTIONS: '' } })
  const [described = [], made = [], used = []] = (JSON.parse(stdout) as readonly (readonly string[])[]).map((urls) =>
    urls.flatMap((url) => /\/node_modules\/((?:@[^/]+\/)?[^/]+)\/(?!.*\/node_modules\/)/.exec(url)?.[1] ?? []),
  )
  const ofAws = (names: readonly string[]): readonly string[] => names.filter((name) => /^@(?:aws|smithy)/.test(name))
  expect([ofAws(described), described.includes('zod')]).toEqual([[], false])
  expect([ofAws(made), made.includes('zod')]).toEqual([[], true])
  expect(ofAws(used)).toEqual(expect.arrayContaining(['@aws-sdk/client-sagemaker', '@aws-sdk/client-sts']))
})
