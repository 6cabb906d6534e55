package io.cartwheel.resp.server;

/**
 * What the memory of a connection is taken by, in bytes.
 *
 * @param query what has come and is no word of a command yet
 * @param queryFree room for more of it
 * @param words of commands that are not complete, or have no reply on its way
 * @param output replies on their way to the client
 * @param waitingReplies those that wait for the reply to an earlier command
 */
record ClientMemory(long query, long queryFree, long words, long output, long waitingReplies) {
  long total() {
    return query + queryFree + words + output + waitingReplies;
  }
}
