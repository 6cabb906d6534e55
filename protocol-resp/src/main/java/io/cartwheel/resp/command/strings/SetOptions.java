package io.cartwheel.resp.command.strings;

import static io.cartwheel.resp.command.update.SetUpdate.GET;
import static io.cartwheel.resp.command.update.SetUpdate.IF_EXISTS;
import static io.cartwheel.resp.command.update.SetUpdate.IF_NONE;
import static io.cartwheel.resp.command.update.SetUpdate.KEEP_TTL;

import io.cartwheel.resp.command.Call;
import io.cartwheel.resp.command.Words;
import io.cartwheel.resp.command.quorum.Expiry;
import io.cartwheel.resp.command.quorum.Options;
import io.cartwheel.resp.command.quorum.ReplyException;

/**
 * The words after {@code SET key value} and {@code GETEX key}. Read in Redis's way: in any order,
 * the same option twice is one, and whatever does not fit those before it is a syntax error.
 */
final class SetOptions {
  int flags;
  boolean persist;
  Expiry.Unit unit;
  byte[] time;
  byte[] token;
  byte[] w;

  static SetOptions ofSet(Call call) throws ReplyException {
    SetOptions options = new SetOptions();
    for (int i = 3; i < call.argc(); i++) {
      byte[] next = i + 1 < call.argc() ? call.arg(i + 1) : null;
      if (options.takesFlag(call.arg(i))) {
        continue;
      }
      if (next == null
          || !(options.takesTime(call.arg(i), next) || options.takesOurs(call.arg(i), next))) {
        throw new ReplyException(Options.SYNTAX_ERROR);
      }
      i++;
    }
    if (options.token != null && options.flags != 0) {
      throw new ReplyException(Options.SYNTAX_ERROR);
    }
    return options;
  }

  static SetOptions ofGetex(Call call) throws ReplyException {
    SetOptions options = new SetOptions();
    for (int i = 2; i < call.argc(); i++) {
      byte[] next = i + 1 < call.argc() ? call.arg(i + 1) : null;
      if (Words.is(call.arg(i), "PERSIST") && options.unit == null) {
        options.persist = true;
      } else if (next != null && options.takesTime(call.arg(i), next)) {
        i++;
      } else {
        throw new ReplyException(Options.SYNTAX_ERROR);
      }
    }
    return options;
  }

  boolean has(int flag) {
    return (flags & flag) != 0;
  }

  private boolean takesFlag(byte[] word) {
    int flag;
    if (Words.is(word, "NX") && !has(IF_EXISTS)) {
      flag = IF_NONE;
    } else if (Words.is(word, "XX") && !has(IF_NONE)) {
      flag = IF_EXISTS;
    } else if (Words.is(word, "GET")) {
      flag = GET;
    } else if (Words.is(word, "KEEPTTL") && unit == null) {
      flag = KEEP_TTL;
    } else {
      return false;
    }
    flags |= flag;
    return true;
  }

  private boolean takesTime(byte[] word, byte[] next) {
    for (Expiry.Unit candidate : Expiry.Unit.values()) {
      if (Words.is(word, candidate.name())) {
        if (has(KEEP_TTL) || persist || (unit != null && unit != candidate)) {
          return false;
        }
        unit = candidate;
        time = next;
        return true;
      }
    }
    return false;
  }

  private boolean takesOurs(byte[] word, byte[] next) {
    if (Words.is(word, "CONTEXT") && token == null) {
      token = next;
    } else if (Words.is(word, "W") && w == null) {
      w = next;
    } else {
      return false;
    }
    return true;
  }
}
