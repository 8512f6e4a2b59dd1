import { z } from 'zod';

/** What replay reads of a collect answer; the wire may grow. */
export const collectAnswerSchema = z.looseObject({
  accepted: z.number().int().min(0),
  duplicates: z.array(z.string()),
  refused: z.array(
    z.looseObject({
      index: z.number().int().min(0),
      code: z.string(),
      detail: z.string().default(''),
      pointer: z.string().optional(),
    }),
  ),
});

export type CollectAnswer = z.infer<typeof collectAnswerSchema>;

/** RFC 9457, as far as a message to people needs it. */
export const problemSchema = z.looseObject({
  title: z.string().optional(),
  detail: z.string().optional(),
  instance: z.string().optional(),
});
