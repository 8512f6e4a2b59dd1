import type { InteractCommand } from '../../core/interaction/command.ts';
import type { JsonObject } from '../../core/lib/json.ts';
import { acceptedLanguages } from '../http/languages.ts';
import { deniedBy, type Visit } from './outcome.ts';
import type { AskingStranger } from './stateless.ts';

/** What a request says about who asks: only decisions read it, so without placements it is not passed on. */
export function saidBy({
  body,
  enrichment,
  request,
  preview,
}: Visit): Pick<InteractCommand, 'context' | 'languages' | 'preview'> {
  if (!body.placements || body.placements.length === 0) return {};
  const { context } = enrichment;
  const languages = languagesOf(context, request);
  return { context, ...(languages.length > 0 && { languages }), ...(preview && { preview }) };
}

/** A server says which language its visitor reads; a browser says so itself. */
function languagesOf({ language }: JsonObject, request: Request): readonly string[] {
  return typeof language === 'string' ? [language] : acceptedLanguages(request.headers.get('accept-language'));
}

/** The same for somebody without a profile. */
export function askingOf(visit: Visit): AskingStranger {
  const { body, requestId, receivedAt: now } = visit;
  return { placements: body.placements ?? [], requestId, now, denied: deniedBy(visit), ...saidBy(visit) };
}
