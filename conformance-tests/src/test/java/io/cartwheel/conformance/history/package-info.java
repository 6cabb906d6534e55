/**
 * Whether what clients have seen keeps the promises. A {@link
 * io.cartwheel.conformance.history.History} is what was asked and answered, and when; {@link
 * io.cartwheel.conformance.history.Judge} gives each key to the rule of its kind: {@link
 * io.cartwheel.conformance.history.Registers}, {@link io.cartwheel.conformance.history.Locks},
 * {@link io.cartwheel.conformance.history.Carts}, {@link
 * io.cartwheel.conformance.history.Counters}. Each rule names its source, and says what a sound
 * judge must forgive: an operation without an answer may have taken effect at any time since, or
 * never.
 *
 * <p>Everything here is pure. Imports nothing of the tests that record histories.
 */
package io.cartwheel.conformance.history;
