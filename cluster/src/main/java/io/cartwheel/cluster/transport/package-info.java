/**
 * How messages travel: connections between nodes, their handshake, and the event loops of
 * production, on Netty.
 *
 * <p>{@code Transport} and {@code Network} are the ports that the floors above use. A {@code Link}
 * to a peer is made of {@code Lane}s, one connection for each loop; {@code LinkTable} makes and
 * ends links, {@code Dialer} keeps trying, {@code Handshake} decides whom to talk to. A lane takes
 * frames from its {@code PeerChannel} and sends what waits in its {@code Outbox}, once a turn. The
 * first lane belongs to the control loop, which owns no partitions: heartbeats wait for no shard.
 *
 * <p>Where peers' bytes wait, and what bounds them, in {@code TransportSettings}; each sum is over
 * all connections, and may be passed by one outsized message ({@link
 * io.cartwheel.cluster.environment.ByteBudget}):
 *
 * <table>
 * <caption>Bytes that wait</caption>
 * <tr><th>where</th><th>bound</th><th>past it</th></tr>
 * <tr><td>messages to leave: {@code Outbox}</td>
 *     <td>{@code maxQueueBytes} each, {@code maxSentBytes} in all</td>
 *     <td>{@code send} says no; who waits for a reply gets a {@code Refusal}, but for the answer to
 *     a write: {@code Replies} keeps that</td></tr>
 * <tr><td>long messages until their last chunk: {@code Reassembly}</td>
 *     <td>{@code maxReceivedBytes} in all, and a fair share of it for each link: {@code
 *     ReceivedRoom}</td>
 *     <td>dropped, and a {@code Refusal} goes to whoever waits; the answer to a write is kept by its
 *     sender, and comes when there is room</td></tr>
 * <tr><td>messages until another loop takes them: {@code Lane.Arrival}</td>
 *     <td>the same</td><td>the lane reads no further: the rest waits in the socket</td></tr>
 * <tr><td>a frame that is not complete: {@code PeerChannel}</td>
 *     <td>the longest frame, each</td><td>the connection is closed</td></tr>
 * </table>
 *
 * <p>A message has no bound that a row could pass but the room there is: long ones travel in
 * chunks, by turns among themselves and with the short ones. Strangers whose handshake is not done
 * are counted, and hung up on past a number.
 *
 * <p>May import {@code message} and the floor below. Start with {@link
 * io.cartwheel.cluster.transport.Network}, then {@code NettyTransport}.
 */
package io.cartwheel.cluster.transport;
