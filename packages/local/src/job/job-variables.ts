/** Token of the local job: in the environment of all its processes, so that none can get lost. */
export const TOKEN_VARIABLE = 'SIDESTEP_JOB_TOKEN'
/** Path of the job's folder. */
export const FOLDER_VARIABLE = 'SIDESTEP_JOB_FOLDER'
