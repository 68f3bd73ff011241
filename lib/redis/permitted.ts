/**
 * What a command replies; undefined if the server's access list denies it to the user, for what is only looked at to
 * tell people about it.
 */
export async function permitted<T>(reply: Promise<T>): Promise<T | undefined> {
  try {
    return await reply;
  } catch (error) {
    // The first word is the protocol's code.
    if (error instanceof Error && /^NOPERM\b/.test(error.message)) return undefined;
    throw error;
  }
}
