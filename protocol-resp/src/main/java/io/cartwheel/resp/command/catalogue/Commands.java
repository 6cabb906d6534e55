package io.cartwheel.resp.command.catalogue;

import io.cartwheel.resp.command.CommandSpec;
import io.cartwheel.resp.command.CommandTable;
import io.cartwheel.resp.command.cluster.ClusterCommands;
import io.cartwheel.resp.command.connection.ConnectionCommands;
import io.cartwheel.resp.command.keys.KeyCommands;
import io.cartwheel.resp.command.ring.RingCommands;
import io.cartwheel.resp.command.server.ServerCommands;
import io.cartwheel.resp.command.strings.StringCommands;
import java.util.ArrayList;
import java.util.List;

/** The table of everything that this server understands. */
public final class Commands {
  private Commands() {}

  public static CommandTable table() {
    List<CommandSpec> all = new ArrayList<>();
    all.addAll(ConnectionCommands.specs());
    all.addAll(StringCommands.specs());
    all.addAll(KeyCommands.specs());
    all.addAll(ServerCommands.specs());
    all.addAll(ClusterCommands.specs());
    all.addAll(RingCommands.specs());
    return new CommandTable(all);
  }
}
