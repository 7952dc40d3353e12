// The control plane's public API, as the signed-in person.

/** An error that the API told as `application/problem+json`. */
export class Problem extends Error {
  constructor(status, problem) {
    super(problem.detail ?? problem.title ?? `The server answered ${status}.`);
    this.status = status;
    this.code = (problem.type ?? '').split(':').pop();
  }
}

const token = () => document.querySelector('meta[name=csrf-token]')?.content ?? '';

/**
 * Calls the API.
 * @returns the decoded answer, or null when it is empty
 * @throws Problem, or a plain Error in words when nobody answers
 */
export async function call(method, path, body, headers = {}) {
  const request = { method, cache: 'no-store', headers: { 'X-CSRF-Token': token(), ...headers } };
  if (body !== undefined) {
    request.headers['Content-Type'] = 'application/json';
    request.body = JSON.stringify(body);
  }
  let response;
  try {
    response = await fetch(path, request);
  } catch {
    throw new Error('The control plane does not answer. Nothing was changed as far as we know; try again.');
  }
  const text = await response.text();
  const answer = text === '' ? null : parse(text);
  if (!response.ok) throw new Problem(response.status, answer ?? {});
  return answer;
}

function parse(text) {
  try { return JSON.parse(text); } catch { return null; }
}
