/**
 * What nodes say to each other, and its versioned binary form.
 *
 * <p>May import {@code version}, {@code ring}, {@code environment}. Start with {@link
 * io.cartwheel.cluster.message.Message}.
 */
package io.cartwheel.cluster.message;
