import type { z } from 'zod';
import type { Space } from '../../core/lib/ids.ts';
import type { LimitName } from '../../core/lib/limits.ts';
import type { Actor } from '../../core/ruleset/publisher-rpc.ts';
import type { ProblemExtras, ProblemKind } from '../http/problem.ts';
import type { AdminServices } from '../services/admin-services.ts';
import type { KnownOperator } from './operator-auth.ts';
import type { Permission } from './roles.ts';

/** One operation of the operator API as data: routing, checking and the OpenAPI document all read it. */
export interface Operation {
  /** Unique, as `operationId`. */
  readonly id: string;
  readonly method: 'get' | 'put' | 'post' | 'delete';
  /** Below `/v1/admin`, in OpenAPI's form: `/sources/{id}`. */
  readonly path: string;
  /** One of `SCOPES`. */
  readonly tag: string;
  /** Who may: roles that hold this permission. */
  readonly needs: Permission;
  readonly summary: string;
  /** Strings, as they stand in the URL. */
  readonly query?: z.ZodObject;
  readonly headers?: z.ZodObject;
  readonly body?: z.ZodType;
  /** No body at all counts as `{}`. */
  readonly bodyOptional?: boolean;
  /** The most that the body may have where that is more than others may. Its schema must bound it. */
  readonly largeBody?: LimitName;
  /** What success answers, by status; null: no body. */
  readonly responses: Readonly<Record<number, z.ZodType | null>>;
  /** What else it may answer, beside the problems of every operation. */
  readonly problems: readonly ProblemKind[];
}

type Parsed<T> = T extends z.ZodType ? z.output<T> : undefined;

/** A request that passed authentication and its operation's schemas. */
export interface Call<O extends Operation> {
  readonly services: AdminServices;
  readonly space: Space;
  readonly actor: Actor;
  /** With what the token is good for; the operation itself is allowed already. */
  readonly operator: KnownOperator;
  /** A member of the path, `id` in `/sources/{id}`. */
  readonly param: (name: string) => string;
  readonly header: (name: string) => string | undefined;
  /** Lets work go on behind the answer. */
  readonly goOn: (work: Promise<unknown>) => void;
  readonly query: Parsed<O['query']>;
  readonly body: Parsed<O['body']>;
}

export type AdminAnswer =
  | {
      readonly status: 200 | 201 | 202 | 204;
      readonly body?: unknown;
      readonly headers?: Readonly<Record<string, string>>;
    }
  /** Goes on for as long as the reader likes. */
  | { readonly stream: ReadableStream<Uint8Array>; readonly type: string }
  | { readonly problem: ProblemKind; readonly extras?: ProblemExtras };

export interface Route {
  readonly operation: Operation;
  readonly handle: (call: Call<Operation>) => Promise<AdminAnswer>;
}

/** Ties an operation to its handler, which receives what the operation's schemas made of the request. */
export function route<const O extends Operation>(operation: O, handle: (call: Call<O>) => Promise<AdminAnswer>): Route {
  // The app parses query and body by these very schemas before it calls.
  return { operation, handle: handle as unknown as Route['handle'] };
}

/** Problems that any operation may answer. */
export const COMMON_PROBLEMS = [
  'missingToken',
  'unknownToken',
  'forbidden',
  'limited',
  'internal',
  'unavailable',
] as const satisfies readonly ProblemKind[];
/** Problems of operations with a body. */
export const BODY_PROBLEMS = [
  'malformedJson',
  'tooLarge',
  'unsupportedMediaType',
  'invalid',
] as const satisfies readonly ProblemKind[];
