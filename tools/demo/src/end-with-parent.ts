// Loaded before the program of a process that was started in a session of its own with an IPC channel. The channel closes when whoever started it
// is no more, however that ended: then nobody can stop this process, and what it works with is gone. What it started is of the same group.
process.once('disconnect', () => process.kill(-process.pid, 'SIGKILL'))
// It does not keep a program that is done.
process.channel?.unref()
