/** What to do where the SDK has found no credentials. It says the same of a profile that does not exist. */
export const NO_CREDENTIALS_HINT: string =
  'No credentials were found. Sign in (`aws sso login`), set `profile`, or set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY. A profile that is named, there or in AWS_PROFILE, is one that `aws configure list-profiles` shows.'
