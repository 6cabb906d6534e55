/**
 * The process: settings, wiring, start and stop.
 *
 * <p>May import everything. Start with {@code Main}.
 */
package io.cartwheel.server;
