/** True for an endpoint on this machine itself: `localhost`, `127.0.0.0/8` or `[::1]`. False for what is no URL. */
export function isLoopback(endpoint: string): boolean {
  if (!URL.canParse(endpoint)) return false
  const { hostname } = new URL(endpoint)
  return (
    hostname === 'localhost' ||
    hostname.endsWith('.localhost') ||
    hostname === '[::1]' ||
    /^127(?:\.\d{1,3}){3}$/.test(hostname)
  )
}
