/**
 * Guards for web servers: a request goes on only if the server said ALLOWED to the question that was made of it. Needs neither
 * Express nor Fastify: only the few members that it uses are named here.
 */

import type { Question } from "../question/question.js";
import { type Failure, failureOf, isFailure, type OutcomeAnswer } from "./answer.js";
import type { CallOptions, VerdictClient } from "./client.js";

/** Makes the question out of a request. What it throws is a denial. */
export type QuestionOf<Request> = (request: Request) => Question | Promise<Question>;

/**
 * What a question is usually made of. A guard whose function says nothing about its parameter is given this; what your own
 * middleware adds can be declared: `declare module "verdict-pdp/client" { interface GuardedRequest { principal: string } }`.
 */
export interface GuardedRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  /** Parameters of the route by name. */
  readonly params: Readonly<Record<string, string>>;
  readonly query: unknown;
  readonly body: unknown;
  /** Undefined once the connection is gone. */
  readonly ip: string | undefined;
}

/** How a guard asks and whom it tells. */
export interface GuardOptions extends CallOptions {
  /** Hears why a request could not be decided and was answered with 503. */
  readonly onFailure?: ((failure: Failure) => void) | undefined;
}

/** What an Express, Connect or plain node:http response offers. */
export interface GuardedResponse {
  statusCode: number;
  readonly headersSent: boolean;
  setHeader(name: string, value: string): unknown;
  end(body: string): unknown;
}

/** What a Fastify reply offers. */
export interface GuardedReply {
  code(status: number): unknown;
  header(name: string, value: string): unknown;
  send(payload: object): unknown;
}

/** Only what a guard needs of a client. */
export type GuardClient = Pick<VerdictClient, "authorize">;

interface Refusal {
  readonly status: 403 | 503;
  readonly body: { readonly error: string };
}

// Callers hear that they are denied, never why: reasons disclose policies.
const denied: Refusal = { status: 403, body: { error: "forbidden" } };
const undecided: Refusal = { status: 503, body: { error: "authorization unavailable" } };

/** Express middleware: goes on if allowed, answers 403 if denied and 503 if there is no decision. */
export function expressGuard(
  client: GuardClient,
  questionOf: QuestionOf<GuardedRequest>,
  options?: GuardOptions,
): (request: object, response: GuardedResponse, next: (error?: unknown) => void) => void;
/** The same for a function that says which requests it takes. */
export function expressGuard<Request>(
  client: GuardClient,
  questionOf: QuestionOf<Request>,
  options?: GuardOptions,
): (request: Request, response: GuardedResponse, next: (error?: unknown) => void) => void;
export function expressGuard<Request>(
  client: GuardClient,
  questionOf: QuestionOf<Request>,
  options: GuardOptions = {},
): (request: Request, response: GuardedResponse, next: (error?: unknown) => void) => void {
  return (request, response, next) => {
    refusalOf(client, questionOf, request, options)
      .then((refusal) => {
        if (refusal === undefined) next();
        else if (!response.headersSent) refuse(response, refusal);
      })
      // INVARIANT: next() gets an Error here; without one, or with the word "route", it would go on.
      .catch((error: unknown) => next(error instanceof Error ? error : new Error(String(error))));
  };
}

function refuse(response: GuardedResponse, { status, body }: Refusal): void {
  response.statusCode = status;
  response.setHeader("content-type", "application/json; charset=utf-8");
  response.setHeader("cache-control", "no-store");
  response.end(JSON.stringify(body));
}

/** Fastify hook (`preHandler`, `onRequest`): goes on if allowed, answers 403 if denied and 503 if there is no decision. */
export function fastifyGuard(
  client: GuardClient,
  questionOf: QuestionOf<GuardedRequest>,
  options?: GuardOptions,
): (request: object, reply: GuardedReply) => Promise<unknown>;
/** The same for a function that says which requests it takes. */
export function fastifyGuard<Request>(
  client: GuardClient,
  questionOf: QuestionOf<Request>,
  options?: GuardOptions,
): (request: Request, reply: GuardedReply) => Promise<unknown>;
export function fastifyGuard<Request>(
  client: GuardClient,
  questionOf: QuestionOf<Request>,
  options: GuardOptions = {},
): (request: Request, reply: GuardedReply) => Promise<unknown> {
  return async (request, reply) => {
    const refusal = await refusalOf(client, questionOf, request, options);
    if (refusal === undefined) return undefined;
    reply.code(refusal.status);
    reply.header("cache-control", "no-store");
    reply.send(refusal.body);
    // Fastify calls no further hook and no handler after a hook that gives its reply.
    return reply;
  };
}

/** Undefined for the one case in which a request goes on. */
async function refusalOf<Request>(
  client: GuardClient,
  questionOf: QuestionOf<Request>,
  request: Request,
  { onFailure, ...callOptions }: GuardOptions,
): Promise<Refusal | undefined> {
  const answer = await answerTo(client, questionOf, request, callOptions);
  if (answer.allowed === true && answer.decision === "allowed") return undefined;
  if (!isFailure(answer)) return denied;
  try {
    onFailure?.(answer);
  } catch {
    // A listener that fails changes nothing about the refusal.
  }
  return undecided;
}

async function answerTo<Request>(
  client: GuardClient,
  questionOf: QuestionOf<Request>,
  request: Request,
  options: CallOptions,
): Promise<OutcomeAnswer> {
  try {
    return await client.authorize(await questionOf(request), { ...options, detail: "outcome" });
  } catch (error: unknown) {
    const reason = error instanceof Error ? error.message : String(error);
    return failureOf("invalidQuestion", `question: ${reason}`);
  }
}
