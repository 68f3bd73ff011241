import { retryPolicies } from "../retry/retry_policies.ts";
import { answerOf } from "./aws_answer.ts";
import { isAboutCredentials } from "./credentials_reason.ts";

interface Identity {
  readonly accessKeyId: string;
  readonly sessionToken?: string;
}

/** What is needed of a client of the AWS SDK. */
export interface RefreshableClient {
  readonly config: { readonly credentials: (options?: Record<string, unknown>) => Promise<Identity> };
  readonly middlewareStack: {
    // deno-lint-ignore no-explicit-any -- each client has types of its own for the same middleware
    add(middleware: (next: any) => (args: any) => Promise<any>, options: any): void;
  };
}

/**
 * For the configuration of a client, what its chain of credentials takes from there: files are read again for each refresh,
 * since other programs renew what is in them; SSO is asked as the service itself is, through the same proxy.
 */
export function credentialChain<Handler>(requestHandler: Handler) {
  return { ignoreCache: true, clientConfig: { requestHandler } };
}

/**
 * Has credentials got once more when the server does not take them, and the request sent again if they are others now: a
 * role's may have been replaced early, and files may have been renewed. A refresh that brings nothing new is not repeated
 * for a while.
 */
export function refreshCredentials({ config, middlewareStack }: RefreshableClient): void {
  let generation = 0, vainMs = -Infinity;
  let refreshing: Promise<boolean> | undefined;
  const refresh = async (): Promise<boolean> => {
    if (performance.now() - vainMs < retryPolicies.credentials.restMs) return false;
    const before = await config.credentials();
    const after = await config.credentials({ forceRefresh: true });
    const isNew = after.accessKeyId !== before.accessKeyId || after.sessionToken !== before.sessionToken;
    if (isNew) generation++;
    else vainMs = performance.now();
    return isNew;
  };
  middlewareStack.add((next) => async (args) => {
    const used = generation;
    try {
      return await next(args);
    } catch (error) {
      const answer = answerOf(error);
      const isRefused = answer.status > 0 && isAboutCredentials(answer, { hasSucceeded: true });
      if (!isRefused) throw error;
      if (used === generation) {
        // Many requests fail at once. What cannot be refreshed is told by the server's own answer.
        refreshing ??= refresh().catch(() => {
          vainMs = performance.now();
          return false;
        }).finally(() => refreshing = undefined);
        if (!await refreshing) throw error;
      }
      return await next(args);
    }
  }, { step: "initialize", priority: "low", name: "refreshCredentials" });
}
