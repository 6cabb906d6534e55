/**
 * The Redis face. {@code protocol} knows bytes, {@code command} what commands mean, {@code server}
 * sockets and sessions; {@code server} imports {@code command} imports {@code protocol}.
 */
package io.cartwheel.resp;
