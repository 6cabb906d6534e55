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
import java.util.function.BiPredicate;

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
    int at = 3;
    while (at < call.argc()) {
      at += options.wordsTaken(call, at, SetOptions::takesFlag, true);
    }
    if (options.token != null && options.flags != 0) {
      throw new ReplyException(Options.SYNTAX_ERROR);
    }
    return options;
  }

  static SetOptions ofGetex(Call call) throws ReplyException {
    SetOptions options = new SetOptions();
    int at = 2;
    while (at < call.argc()) {
      at += options.wordsTaken(call, at, SetOptions::takesPersist, false);
    }
    return options;
  }

  /** How many words the option at this place has. */
  private int wordsTaken(
      Call call, int at, BiPredicate<SetOptions, byte[]> takesSingle, boolean isSet)
      throws ReplyException {
    byte[] word = call.arg(at);
    if (takesSingle.test(this, word)) {
      return 1;
    }
    if (at + 1 < call.argc()) {
      byte[] next = call.arg(at + 1);
      if (takesTime(word, next) || (isSet && takesOurs(word, next))) {
        return 2;
      }
    }
    throw new ReplyException(Options.SYNTAX_ERROR);
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

  private boolean takesPersist(byte[] word) {
    if (Words.is(word, "PERSIST") && unit == null) {
      persist = true;
      return true;
    }
    return false;
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
