// Who is signed in, asked of and told to the gateway. The cookie itself is out of reach for scripts.

/** A refusal or a failure, with a sentence fit to be shown. */
export class Refused extends Error {}

async function send(method, headers = {}, body = undefined) {
  let answer;
  try {
    answer = await fetch('/session', { method, headers: { accept: 'application/json', ...headers }, body });
  } catch {
    throw new Refused('The server cannot be reached. Try again in a moment.');
  }
  if (answer.status === 204) return null;
  const told = await answer.json().catch(() => null);
  if (answer.ok && told) return told;
  throw new Refused(told?.message ?? `The server answered with status ${answer.status}. Try again in a moment.`);
}

/** `{displayName, role}`, or null when nobody is signed in. */
export const currentSession = () => send('GET');

export const signIn = (email, password) =>
  send('POST', { 'content-type': 'application/json' }, JSON.stringify({ email, password }));

// The header makes a browser ask permission first if another site tries to sign somebody out.
export const signOut = () => send('DELETE', { 'x-palimpsest': '1' });
