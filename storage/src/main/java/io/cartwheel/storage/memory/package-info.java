/**
 * The engine {@code memory}: tables as persistent trees on the heap, nothing kept but checkpoints.
 *
 * <p>For tests, and for caches that may be empty after a restart. May import {@code
 * io.cartwheel.storage} only. Start with {@link io.cartwheel.storage.memory.Treap}.
 */
package io.cartwheel.storage.memory;
