/** An answer, or an error that says what the problem document says. */
export async function answerOf<T>(response: Response): Promise<T> {
  if (response.ok) return response.json<T>();
  const problem = await response.json<{ readonly title?: string; readonly detail?: string }>().catch(() => null);
  throw new Error(problem?.detail ?? problem?.title ?? `Selvedge answered ${response.status}`);
}
