import { expect, test } from 'vitest'

import { splitSecrets } from '../../src/launch/handed-secrets.ts'
import { ScriptedOperator, ScriptedService } from '../support/scripted-service.ts'

function operator(schemes: { readonly handedSecretSchemes?: string[]; readonly jobSecretSchemes?: string[] }) {
  return Object.assign(new ScriptedOperator(new ScriptedService(() => new Date()), {}), schemes)
}

test('a variable of the launcher is read where it is handed on; all else is left to the job', () => {
  const secrets = { TOKEN: 'env:MINE', KEY: 'vault:prod/key', FILE: 'file:/run/key' }
  expect(splitSecrets(secrets, operator({ handedSecretSchemes: ['env'] }), { MINE: 'secret' })).toEqual({
    references: { KEY: 'vault:prod/key', FILE: 'file:/run/key' },
    values: { TOKEN: 'secret' },
  })
})

test('what nothing in the job resolves is refused, without a word of what may be the secret itself', () => {
  const cloud = operator({ jobSecretSchemes: ['vault'] })
  expect(splitSecrets({ KEY: 'vault:prod/key' }, cloud).references).toEqual({ KEY: 'vault:prod/key' })
  let thrown: unknown
  try {
    splitSecrets({ KEY: 'vualt:hunter2' }, cloud)
  } catch (error) {
    thrown = error
  }
  expect(thrown).toMatchObject({ code: 'SECRET_MISSING', hint: 'Did you mean vault:? There is: vault:.' })
  expect(String(thrown)).not.toContain('hunter2')
})

test('a variable of the launcher is refused where it is not handed on, with what the job can read', () => {
  const refusal = (schemes: Parameters<typeof operator>[0]) => (): unknown =>
    splitSecrets({ TOKEN: 'env:MINE' }, operator(schemes), { MINE: 'secret' })
  expect(refusal({ jobSecretSchemes: ['aws-ssm'] })).toThrow(
    expect.objectContaining({ hint: 'Refer to a secret that the job can read itself, by aws-ssm:.' }),
  )
  expect(refusal({})).toThrow(
    expect.objectContaining({ hint: expect.stringContaining('such as file:/run/secrets/token') as string }),
  )
})
