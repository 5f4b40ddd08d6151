/** Of references to secrets of the Secrets Manager. */
export const SECRETS_MANAGER: 'aws-secretsmanager' = 'aws-secretsmanager'

/** Of references to parameters of the Parameter Store. */
export const PARAMETER_STORE: 'aws-ssm' = 'aws-ssm'
