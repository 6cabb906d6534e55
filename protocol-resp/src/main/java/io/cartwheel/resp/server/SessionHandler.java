package io.cartwheel.resp.server;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.util.ReferenceCountUtil;
import java.io.IOException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Hands a channel's events to its session, as work of the session's loop. */
final class SessionHandler extends ChannelInboundHandlerAdapter {
  private static final Logger LOG = LoggerFactory.getLogger(SessionHandler.class);

  private final Session session;
  private final LoopShare share;

  SessionHandler(Session session, LoopShare share) {
    this.session = session;
    this.share = share;
  }

  @Override
  public void channelRead(ChannelHandlerContext context, Object message) {
    try {
      share.loop.run(() -> session.onBytes((ByteBuf) message));
    } finally {
      ReferenceCountUtil.release(message);
    }
  }

  @Override
  public void channelInactive(ChannelHandlerContext context) {
    share.loop.run(session::onClosed);
  }

  /**
   * The client has said all it wants to say. Its replies still leave, as far as the socket takes
   * them at once: Netty 4.2.18's epoll cannot wait to write on a half-closed socket (it takes the
   * socket out of the set and forgets that it did), and then the connection is closed. Redis drops
   * what is left in this case, too.
   */
  @Override
  public void userEventTriggered(ChannelHandlerContext context, Object event) {
    if (event instanceof ChannelInputShutdownEvent) {
      share.loop.run(session::onInputEnd);
    }
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
    if (cause instanceof IOException) {
      LOG.debug("client {}: {}", session.client().address, cause.getMessage());
      context.close();
    } else {
      LOG.error("client {}: disconnected", session.client().address, cause);
      session.disconnect();
    }
  }
}
