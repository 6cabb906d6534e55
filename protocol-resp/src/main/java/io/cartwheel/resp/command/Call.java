package io.cartwheel.resp.command;

import io.cartwheel.resp.protocol.Reply;

/** One command on its way: its words, who sent it, and where its reply goes. */
public interface Call {
  /** The words as sent, the command's name first; not to be changed. */
  byte[][] argv();

  /** The connection that sent it. */
  Client client();

  /** What commands may use of the node. */
  Services services();

  /** Answers, once, from any thread. */
  void reply(Reply reply);

  /** The command's entry; for a subcommand its own. */
  CommandSpec spec();

  default int argc() {
    return argv().length;
  }

  default byte[] arg(int index) {
    return argv()[index];
  }
}
